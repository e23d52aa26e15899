-- Where and with what each session was seen last, as gateways tell. A row is written at most once a
-- minute for a session, never for a request, and goes with its session. Times are milliseconds
-- since the epoch.

create table session_sightings (
  session text primary key check (session <> ''),
  last_used_at bigint not null check (last_used_at >= 0),
  network text not null check (length(network) <= 64),
  browser text not null check (length(browser) <= 32),
  platform text not null check (length(platform) <= 32)
);

-- Sign-ins that were recorded elsewhere before this installation, such as a demonstration's. Those
-- that happened here are in the journal.
create table imported_signins (
  id text collate "C" primary key check (length(id) between 1 and 64),
  at bigint not null check (at >= 0),
  event text not null check (event in ('started', 'strengthened', 'ended')),
  person text collate "C" not null,
  -- The session as it was then, with why it ended.
  session jsonb not null check (jsonb_typeof(session) = 'object')
);
create index imported_signins_at on imported_signins (at);
create index imported_signins_person on imported_signins (person, at);

create trigger imported_signins_are_never_changed
  before update on imported_signins
  for each statement execute function refuse_change();

-- Sign-ins are counted from the journal itself, and each is told apart by the decision that asked.
create index journal_sessions on journal (at)
  where kind = 'session' and event in (
    'identity.session.started', 'identity.session.strengthened', 'identity.session.ended');
create index decisions_step_up on decisions (session, at) where verdict = 'step-up';
create index decisions_session on decisions (at) where session is not null;
create index documents_session_person on documents ((body ->> 'person')) where kind = 'session';
create index documents_session_parent on documents ((body ->> 'parent')) where kind = 'session';
