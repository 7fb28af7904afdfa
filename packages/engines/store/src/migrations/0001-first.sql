-- The first call: companies, people, credentials, numbers, registrations, and the book of calls.
-- Every key begins with tenant_id, so that no row is ever found without its tenant. PostgreSQL 15 must understand it all.

create table tenants (
  tenant_id text primary key,
  domain text not null,
  realm text not null,
  time_zone text not null,
  country text not null,
  language text not null,
  is_default boolean not null default false,
  created_at timestamptz not null default now()
);
create unique index tenants_domain on tenants (lower(domain));
create unique index tenants_default on tenants (is_default) where is_default;

create table users (
  tenant_id text not null references tenants,
  user_id text not null,
  extension text not null,
  name text not null,
  role text not null check (role in ('admin', 'user', 'room')),
  mobile text,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id),
  unique (tenant_id, extension)
);

-- HA1 values, AES-256-GCM under the key that key_id names; tenant and user are sealed in, so a row fits nobody else.
create table sip_secrets (
  tenant_id text not null,
  user_id text not null,
  key_id text not null,
  nonce bytea not null,
  body bytea not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);

create table web_passwords (
  tenant_id text not null,
  user_id text not null,
  hash text not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);

create table api_keys (
  tenant_id text not null references tenants,
  key_id text not null,
  sha256 text not null unique,
  name text not null,
  role text not null check (role in ('admin', 'user', 'room')),
  limits jsonb not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, key_id)
);

create table services (
  tenant_id text not null references tenants,
  number text not null,
  kind text not null check (kind in ('echo', 'music')),
  primary key (tenant_id, number)
);

create table trunks (
  tenant_id text not null references tenants,
  trunk_id text not null,
  name text not null,
  address text not null,
  transport text not null check (transport in ('udp', 'tcp')),
  prefixes text[] not null,
  max_calls integer not null check (max_calls >= 0),
  primary key (tenant_id, trunk_id),
  unique (tenant_id, name)
);

-- No reference to users: a thousand registrations are written at once, and one user who is gone must not fail the rest.
create table contacts (
  tenant_id text not null,
  aor text not null,
  device_id text not null,
  user_id text not null,
  binding jsonb not null,
  expires_at timestamptz not null,
  primary key (tenant_id, aor, device_id)
);
create index contacts_user on contacts (tenant_id, user_id);

create table history (
  tenant_id text not null,
  call_id text not null,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  touched_at timestamptz not null,
  src text not null,
  dst text not null,
  from_name text not null,
  from_number text not null,
  to_name text not null,
  to_number text not null,
  lastapp text not null,
  lastdata text not null,
  channel text not null,
  dstchannel text,
  disposition text check (disposition in ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED')),
  cause integer,
  sip_status integer,
  ended_by text,
  userfield text not null default '',
  cost double precision not null default 0,
  quality jsonb,
  caller_extension text generated always as (substring(channel from '^SIP/(.+)-[0-9a-f]{8}$')) stored,
  callee_extension text generated always as (substring(dstchannel from '^SIP/(.+)-[0-9a-f]{8}$')) stored,
  primary key (tenant_id, call_id)
);
create index history_by_start on history (tenant_id, started_at, call_id);
create index history_open on history (tenant_id, call_id) where ended_at is null;

create table idempotency (
  tenant_id text not null,
  credential text not null,
  method text not null,
  path text not null,
  key text not null,
  state text not null check (state in ('running', 'done')),
  epoch text not null,
  body_hash text not null,
  status integer,
  headers jsonb,
  body text,
  created_at timestamptz not null,
  primary key (tenant_id, credential, method, path, key)
);
create index idempotency_by_age on idempotency (created_at);

create table marks (
  tenant_id text not null,
  name text not null,
  value jsonb not null,
  set_at timestamptz not null,
  primary key (tenant_id, name)
);
