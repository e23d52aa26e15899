-- What the store keeps, with the rules it defends by itself. Times are milliseconds since the
-- epoch. Ids compare by their bytes ("C"), so that an order here is the order everywhere.

-- The journal: every change to what the system knows, each entry chained to the one before it.
create table journal (
  sequence bigint primary key check (sequence > 0),
  at bigint not null check (at >= 0),
  actor text not null check (length(actor) between 1 and 512),
  event text not null check (event ~ '^[a-z-]+(\.[a-z-]+)+$'),
  kind text collate "C" not null check (length(kind) between 1 and 64),
  id text collate "C" not null check (length(id) between 1 and 256),
  before jsonb check (jsonb_typeof(before) = 'object'),
  after jsonb check (jsonb_typeof(after) = 'object'),
  -- A chain does not fork: an entry is followed by one entry at most.
  previous text not null unique check (previous ~ '^[0-9a-f]{64}$'),
  hash text not null unique check (hash ~ '^[0-9a-f]{64}$'),
  -- An entry without a before and an after changed nothing.
  constraint journal_changes_something check (before is not null or after is not null)
);

create index journal_by_document on journal (kind, id, sequence);

-- The last link, in one row that writers lock, so that they follow each other.
create table journal_head (
  one boolean primary key default true check (one),
  sequence bigint not null check (sequence >= 0),
  hash text not null check (hash ~ '^[0-9a-f]{64}$')
);

insert into journal_head (sequence, hash) values (0, repeat('0', 64));

-- The documents as the journal leaves them.
create table documents (
  kind text collate "C" not null,
  id text collate "C" not null,
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  -- The entry that made it what it is.
  sequence bigint not null references journal (sequence),
  primary key (kind, id)
);

-- Private keys, each sealed under the master key, which is not in the database.
create table keys (
  name text primary key check (length(name) between 1 and 64),
  sealed text not null,
  created_at bigint not null check (created_at >= 0)
);

-- A context without what differs from one request to the next. Many decisions share one.
create table situations (
  hash text collate "C" primary key check (hash ~ '^[0-9a-f]{64}$'),
  body jsonb not null check (jsonb_typeof(body) = 'object')
);

-- One row for each decision. An id sorts by the moment it was made.
create table decisions (
  id text collate "C" primary key check (length(id) between 1 and 64),
  at bigint not null check (at >= 0),
  gateway text collate "C" not null,
  principal_type text collate "C" not null,
  principal_id text collate "C" not null,
  principal_name text,
  action text collate "C" not null,
  resource_type text collate "C" not null,
  resource_id text collate "C" not null,
  resource_name text,
  verdict text not null check (verdict in ('allow', 'deny', 'step-up')),
  would_be text not null check (would_be in ('allow', 'deny')),
  method text not null,
  path text not null,
  -- The answers, the near misses and the rest of the context.
  detail jsonb not null check (jsonb_typeof(detail) = 'object'),
  situation text collate "C" not null references situations (hash),
  session text collate "C",
  release text collate "C" not null,
  sequence bigint not null check (sequence >= 0),
  took_ns bigint not null check (took_ns >= 0)
);

create index decisions_by_principal on decisions (principal_id, id);
create index decisions_by_resource on decisions (resource_id, id);
create index decisions_by_verdict on decisions (verdict, id);

-- How many decisions there were, kept in the statement that keeps them.
create table decision_hours (
  hour bigint not null check (hour % 3600000 = 0),
  resource_type text collate "C" not null,
  resource_id text collate "C" not null,
  verdict text not null check (verdict in ('allow', 'deny', 'step-up')),
  decisions bigint not null check (decisions > 0),
  primary key (hour, resource_type, resource_id, verdict)
);

-- What is recorded stays as it was recorded.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed', tg_table_name using errcode = '55000';
end
$$;

create trigger journal_is_append_only
  before update or delete or truncate on journal
  for each statement execute function refuse_change();

create trigger decisions_are_never_changed
  before update on decisions
  for each statement execute function refuse_change();
