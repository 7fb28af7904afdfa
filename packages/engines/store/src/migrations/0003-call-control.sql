-- Call control: how users want to be reached, numbers for what the server itself does, recordings, voicemail,
-- and what users say of themselves.

-- What is not in it is as it is for everybody; see reachOf in config/reach.ts.
alter table users add column reach jsonb not null default '{}';

alter table services drop constraint services_kind_check;
alter table services add constraint services_kind_check
  check (kind in ('echo', 'music', 'conference', 'voicemail', 'park', 'pick-up'));

-- Days after which recordings and messages are deleted; null: never.
alter table tenants
  add column recording_days integer check (recording_days between 1 and 36500),
  add column message_days integer check (message_days between 1 and 36500);

-- Parts of calls that were written to files. Without a length, one is being written, or a crash cut it.
create table recordings (
  tenant_id text not null,
  recording_id text not null,
  call_id text not null,
  leg_id text not null,
  extension text not null,
  other_name text not null,
  other_number text not null,
  started_at timestamptz not null,
  started_by text not null check (started_by in ('command', 'rule')),
  lasted_ms integer check (lasted_ms >= 0),
  primary key (tenant_id, recording_id)
);
create index recordings_by_start on recordings (tenant_id, started_at, recording_id);
create index recordings_open on recordings (tenant_id, recording_id) where lasted_ms is null;

-- No reference to users in the next two tables: many are written at once, and one user who is gone must not fail the rest.
create table voice_messages (
  tenant_id text not null,
  message_id text not null,
  user_id text not null,
  from_name text not null,
  from_number text not null,
  left_at timestamptz not null,
  lasted_ms integer check (lasted_ms >= 0),
  is_heard boolean not null default false,
  recording_id text not null,
  call_id text not null,
  primary key (tenant_id, recording_id),
  unique (tenant_id, message_id)
);
create index voice_messages_user on voice_messages (tenant_id, user_id);

create table greetings (
  tenant_id text not null,
  user_id text not null,
  recording_id text not null,
  primary key (tenant_id, user_id)
);

create table own_statuses (
  tenant_id text not null,
  user_id text not null,
  status text not null check (status in ('available', 'away', 'do-not-disturb')),
  text text not null,
  until timestamptz,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
