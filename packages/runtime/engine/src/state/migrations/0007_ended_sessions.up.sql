-- Sessions that were signed out before their time. A row goes when the session would have ended by itself.
create table sluice.ended_session (
  -- A digest: whoever reads the table has no session.
  mark text primary key,
  until timestamptz not null
);
create index on sluice.ended_session (until);
