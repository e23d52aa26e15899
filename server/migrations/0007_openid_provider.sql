-- Sign-on at applications. Times are milliseconds since the epoch, ids are SHA-256 hashes of what
-- only the other side has.

-- What strangers may begin: interactions, pushed requests, devices that wait, forms to sign out. So
-- the table is a ring, as those of 0002: whoever floods it pushes out the oldest beginnings only.
create sequence openid_beginning_slot as integer minvalue 0 maxvalue 65535 start 0 cycle;
create table openid_beginnings (
  slot integer primary key default nextval('openid_beginning_slot') check (slot between 0 and 65535),
  id text not null check (id ~ '^[0-9a-f]{64}$'),
  model text not null check (length(model) between 1 and 64),
  user_code text check (user_code ~ '^[0-9a-f]{64}$'),
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  consumed_at bigint check (consumed_at >= 0),
  expires_at bigint not null check (expires_at >= 0)
);
alter sequence openid_beginning_slot owned by openid_beginnings.slot;
create index openid_beginnings_id on openid_beginnings (id);
create index openid_beginnings_user_code on openid_beginnings (user_code);

-- What people who are signed in caused: codes, tokens, what they were granted, proofs that were seen.
create table openid_records (
  id text primary key check (id ~ '^[0-9a-f]{64}$'),
  model text not null check (length(model) between 1 and 64),
  grant_id text check (length(grant_id) between 1 and 256),
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  consumed_at bigint check (consumed_at >= 0),
  expires_at bigint not null check (expires_at >= 0)
);
create index openid_records_grant on openid_records (grant_id) where grant_id is not null;
create index openid_records_expires_at on openid_records (expires_at);

-- Who is signed on where: which applications to tell when a session ends. A row goes when its
-- application was told, or could not be told for too long.
create table sign_ons (
  session text collate "C" not null check (length(session) between 1 and 64),
  application text collate "C" not null check (length(application) between 1 and 256),
  protocol text not null check (protocol in ('oidc', 'saml')),
  person text not null,
  -- What the application calls the session.
  sid text not null check (length(sid) between 1 and 256),
  -- What it may learn, separated by spaces.
  scope text not null,
  -- Where the person's browser was.
  address text not null check (length(address) <= 64),
  at bigint not null check (at >= 0),
  tries integer not null default 0 check (tries >= 0),
  next_try_at bigint not null default 0 check (next_try_at >= 0),
  primary key (session, application, protocol)
);
create index sign_ons_next_try_at on sign_ons (protocol, next_try_at);
create index sign_ons_application on sign_ons (application);
