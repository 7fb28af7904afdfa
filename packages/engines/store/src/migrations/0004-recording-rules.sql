-- Whose calls are recorded without being asked, and whether a tone tells of each recording.

alter table users add column is_always_recorded boolean not null default false;

alter table tenants add column has_recording_notice boolean not null default true;
