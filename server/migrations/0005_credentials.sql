-- Credentials with which gateways sign in to applications. Each is sealed under the master key, for
-- its application and person alone. Times are milliseconds since the epoch.

create table credentials (
  application text not null,
  -- Empty where everyone shares it.
  person text not null,
  -- A compact JWE.
  sealed text not null,
  set_at bigint not null check (set_at >= 0),
  set_by text not null,
  primary key (application, person)
);
