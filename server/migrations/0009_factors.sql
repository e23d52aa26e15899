-- What people sign in with besides passkeys. Keys of codes from an app are sealed under the master
-- key, for their person alone, and are kept here and not in the journal, so that a new master key
-- can seal them anew. Times are milliseconds since the epoch.

create table otp_keys (
  person text not null,
  -- False until the first code was entered; at most one of each.
  confirmed boolean not null,
  -- A compact JWE.
  sealed text not null,
  -- The last time step whose code was used, so that no code works twice.
  last_step bigint not null check (last_step >= 0),
  made_at bigint not null check (made_at >= 0),
  primary key (person, confirmed)
);

alter table signin_challenges drop constraint signin_challenges_bound_check;
alter table signin_challenges add constraint signin_challenges_bound_check
  check (bound ->> 'purpose' in ('signin', 'link', 'passkey', 'enrol'));

create index documents_enrolment_person on documents ((body ->> 'person')) where kind = 'enrolment';
create index documents_recovery_person on documents ((body ->> 'person')) where kind = 'recovery';
create index documents_recovery_codes on documents using gin ((body -> 'codes') jsonb_path_ops)
  where kind = 'recovery-codes';
