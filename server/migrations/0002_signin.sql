-- What signing in keeps for minutes: challenges, codes that carry a session to another host, and
-- the moments at which a fresh sign-in was asked for. Strangers cause these rows, so each table
-- is a ring: a new row takes the oldest slot, and no flood can make a table grow. Only SHA-256
-- hashes of secrets are kept. Times are milliseconds since the epoch.

create sequence signin_challenge_slot as integer minvalue 0 maxvalue 65535 start 0 cycle;
create table signin_challenges (
  slot integer primary key default nextval('signin_challenge_slot') check (slot between 0 and 65535),
  id text not null unique check (id ~ '^[0-9a-f]{64}$'),
  bound jsonb not null check (bound ->> 'purpose' in ('signin', 'link', 'passkey')),
  expires_at bigint not null check (expires_at >= 0)
);
alter sequence signin_challenge_slot owned by signin_challenges.slot;

create sequence signin_handoff_slot as integer minvalue 0 maxvalue 65535 start 0 cycle;
create table signin_handoffs (
  slot integer primary key default nextval('signin_handoff_slot') check (slot between 0 and 65535),
  id text not null unique check (id ~ '^[0-9a-f]{64}$'),
  session text not null check (session <> ''),
  host text not null check (host <> ''),
  flow text not null check (flow ~ '^[A-Za-z0-9_-]{43}$'),
  return_to text not null check (return_to ~ '^/([^/]|$)'),
  expires_at bigint not null check (expires_at >= 0)
);
alter sequence signin_handoff_slot owned by signin_handoffs.slot;

create sequence signin_ask_slot as integer minvalue 0 maxvalue 65535 start 0 cycle;
create table signin_asks (
  slot integer primary key default nextval('signin_ask_slot') check (slot between 0 and 65535),
  flow text not null check (flow ~ '^[A-Za-z0-9_-]{43}$'),
  asked_at bigint not null check (asked_at >= 0)
);
alter sequence signin_ask_slot owned by signin_asks.slot;
create index signin_asks_flow on signin_asks (flow);

-- Ending a session finds its cookies, and a person finds their passkeys, without reading all.
create index documents_token_session on documents ((body ->> 'session')) where kind = 'token';
create index documents_passkey_person on documents ((body ->> 'person')) where kind = 'passkey';
