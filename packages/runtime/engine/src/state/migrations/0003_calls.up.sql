-- Calls to the connections of projects, of all workers together: those that a limit still counts. A call that has not ended counts as made now.
create table sluice.call (
  id bigint generated always as identity primary key,
  project text not null,
  connection text not null,
  began timestamptz not null,
  ended timestamptz
);
create index call_of on sluice.call (project, connection);

-- A service asked that nobody calls before.
create table sluice.call_hold (
  project text not null,
  connection text not null,
  until timestamptz not null,
  primary key (project, connection)
);

-- Tokens of OAuth, sealed with the secrets of their connection: who does not know these reads none of it.
create table sluice.kept_token (
  project text not null,
  connection text not null,
  sealed text not null,
  kept_at timestamptz not null default now(),
  primary key (project, connection)
);
