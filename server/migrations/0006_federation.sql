-- Signing in through identity providers elsewhere. Times are milliseconds since the epoch.

-- Journeys to a provider that have not come back yet. Strangers cause these rows, so the table is a
-- ring, as those of 0002. Neither the state nor the cookie is kept, only the SHA-256 of each; what
-- the provider must be shown later is derived from both, and so is not kept at all.
create sequence signin_provider_flow_slot as integer minvalue 0 maxvalue 65535 start 0 cycle;
create table signin_provider_flows (
  slot integer primary key default nextval('signin_provider_flow_slot') check (slot between 0 and 65535),
  id text not null unique check (id ~ '^[0-9a-f]{64}$'),
  browser text not null check (browser ~ '^[0-9a-f]{64}$'),
  provider text not null check (length(provider) between 1 and 63),
  -- A place of ours; empty for the console's first page.
  return_to text not null check (length(return_to) <= 4096),
  fresh boolean not null,
  begun_at bigint not null check (begun_at >= 0),
  expires_at bigint not null check (expires_at > begun_at)
);
alter sequence signin_provider_flow_slot owned by signin_provider_flows.slot;

-- What we show a provider to be its client, sealed under the master key for that provider alone.
create table provider_secrets (
  provider text not null check (length(provider) between 1 and 63),
  name text not null check (length(name) between 1 and 32),
  -- A compact JWE.
  sealed text not null,
  set_at bigint not null check (set_at >= 0),
  primary key (provider, name)
);

-- Which session of ours came from which session of a provider. One row for a session, and it goes
-- with it.
create table provider_sessions (
  session text primary key check (session <> ''),
  provider text not null check (length(provider) between 1 and 63),
  subject text not null check (length(subject) between 1 and 512),
  -- The provider's own name for the session, where it gave one.
  sid text check (length(sid) between 1 and 512),
  -- What the provider gave us to speak of the session later: a compact JWE.
  sealed text,
  -- When to ask next whether the provider still stands by the account; null where it cannot be asked.
  check_at bigint check (check_at >= 0)
);
create index provider_sessions_sid on provider_sessions (provider, sid);
create index provider_sessions_subject on provider_sessions (provider, subject);
create index provider_sessions_check_at on provider_sessions (check_at) where check_at is not null;

create index documents_provider_link_person on documents ((body ->> 'person')) where kind = 'provider-link';
create index documents_provider_link_provider on documents ((body ->> 'provider')) where kind = 'provider-link';
create index documents_unmatched_seen on documents (((body ->> 'lastSeenAt')::bigint)) where kind = 'unmatched';
