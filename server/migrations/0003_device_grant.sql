-- Programs that wait for a person to approve their sign-in (RFC 8628). Strangers cause these rows,
-- so the table is a ring, as those of 0002. Only SHA-256 hashes of both codes are kept. Times are
-- milliseconds since the epoch.

create sequence signin_device_grant_slot as integer minvalue 0 maxvalue 65535 start 0 cycle;
create table signin_device_grants (
  slot integer primary key default nextval('signin_device_grant_slot') check (slot between 0 and 65535),
  id text not null unique check (id ~ '^[0-9a-f]{64}$'),
  user_code text not null check (user_code ~ '^[0-9a-f]{64}$'),
  program text not null check (length(program) between 1 and 64),
  machine text not null check (length(machine) between 1 and 128),
  address text not null check (length(address) <= 64),
  asked_at bigint not null check (asked_at >= 0),
  expires_at bigint not null check (expires_at > asked_at),
  polled_at bigint not null check (polled_at >= asked_at),
  interval_seconds integer not null check (interval_seconds between 1 and 600),
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'denied')),
  -- The session of whoever approved it. It is signed in as that person.
  approver text check (approver <> ''),
  constraint signin_device_grants_approved_by_someone check ((state = 'approved') = (approver is not null))
);
alter sequence signin_device_grant_slot owned by signin_device_grants.slot;
create index signin_device_grants_user_code on signin_device_grants (user_code);
