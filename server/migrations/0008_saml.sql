-- SAML messages that wait for a browser: what a provider said of someone, until the browser that asked
-- comes for it, and what an application asked, until someone has signed in. Strangers may ask, so the
-- table is a ring, as those of 0002. Times are milliseconds since the epoch.

create sequence saml_waiting_slot as integer minvalue 0 maxvalue 16383 start 0 cycle;
create table saml_waiting (
  slot integer primary key default nextval('saml_waiting_slot') check (slot between 0 and 16383),
  -- SHA-256 of what only the browser has.
  id text not null unique check (id ~ '^[0-9a-f]{64}$'),
  body jsonb not null check (body ->> 'purpose' in ('arrival', 'question')),
  expires_at bigint not null check (expires_at >= 0)
);
alter sequence saml_waiting_slot owned by saml_waiting.slot;

-- An application that ends a session names it as it was named to it.
create index sign_ons_sid on sign_ons (application, sid) where protocol = 'saml';
