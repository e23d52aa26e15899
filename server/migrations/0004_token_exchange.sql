-- Tokens and proofs that count once, until they are too old to count at all. Only what was verified
-- comes in here, so the table grows with the programs there are and not with strangers. Times are
-- milliseconds since the epoch.

create table signin_spent (
  -- SHA-256 of who issued it and what it is called.
  id text primary key check (id ~ '^[0-9a-f]{64}$'),
  expires_at bigint not null check (expires_at >= 0)
);
create index signin_spent_expires_at on signin_spent (expires_at);
