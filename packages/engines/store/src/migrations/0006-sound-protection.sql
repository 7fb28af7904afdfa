-- How phones keep their sound from others, where it is not as the server's setting has it.

-- Without an instance it is said of all phones of the user of which nothing else is said.
create table sound_protections (
  tenant_id text not null,
  user_id text not null,
  instance text not null,
  protection text not null check (protection in ('off', 'offered', 'required')),
  primary key (tenant_id, user_id, instance),
  foreign key (tenant_id, user_id) references users on delete cascade
);
