-- Who may sign in. `session` stands in every session of the user: a new value (password changed, disabled) ends them all, and so does the
-- removal of the row, even when the name is given again.
create table sluice_accounts.app_user (
  username text primary key check (username ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
  first_name text not null,
  last_name text not null,
  email text not null,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  password text not null check (password like 'scrypt$%'),
  disabled boolean not null default false,
  session uuid not null unique default gen_random_uuid(),
  created_at timestamptz not null default now(),
  password_changed_at timestamptz not null default now()
);

-- Sessions that were signed out before their time. A row goes when the session would have ended by itself.
create table sluice_accounts.ended_session (
  -- A digest: whoever reads the table has no session.
  mark text primary key,
  until timestamptz not null
);
create index on sluice_accounts.ended_session (until);
