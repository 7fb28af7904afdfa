-- Voicemail by e-mail: who wants it how, and the messages that wait to be brought.

-- Who is not in it gets no mail.
create table mail_wishes (
  tenant_id text not null,
  user_id text not null,
  address text not null,
  has_sound boolean not null,
  is_deleted_after boolean not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);

-- A row comes with the commit that completes its message, and goes when the mail server has taken it.
create table mail_outbox (
  tenant_id text not null,
  recording_id text not null,
  user_id text not null,
  queued_at timestamptz not null,
  due_at timestamptz not null,
  tries integer not null default 0,
  primary key (tenant_id, recording_id)
);
create index mail_outbox_due on mail_outbox (due_at);
