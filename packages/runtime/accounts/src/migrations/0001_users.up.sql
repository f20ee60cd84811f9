-- Who may sign in. `session` stands in every session of the user: a new value (password changed, disabled) ends them all, and so does the
-- removal of the row, even when the name is given again.
create table sluice_accounts.app_user (
  username text primary key check (username ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
  first_name text not null,
  last_name text not null,
  email text not null,
  -- In every project; `none`: only where a project is granted.
  role text not null check (role in ('admin', 'editor', 'viewer', 'none')),
  password text not null check (password like 'scrypt$%'),
  disabled boolean not null default false,
  session uuid not null unique default gen_random_uuid(),
  created_at timestamptz not null default now(),
  password_changed_at timestamptz not null default now()
);

-- A role in one project, above or instead of the one that holds everywhere.
create table sluice_accounts.project_grant (
  username text not null references sluice_accounts.app_user on delete cascade,
  project text not null check (project <> '*'),
  role text not null check (role in ('admin', 'editor', 'viewer')),
  primary key (username, project)
);

-- Personal tokens, for programs that act for a user: never more than the user may at that moment, and less where `role` or `projects` say so.
create table sluice_accounts.token (
  -- Stands in the token itself; the row is found by it.
  id text primary key,
  username text not null references sluice_accounts.app_user on delete cascade,
  name text not null check (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  -- A digest: whoever reads the table has no token. The secret is 256 random bits, so that a plain hash is not guessed.
  secret text not null,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  -- Null: all that the user has.
  projects text[],
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- To the minute: a row that each request writes would be the slowest of the table.
  used_at timestamptz,
  unique (username, name)
);

-- Sessions that were signed out before their time. A row goes when the session would have ended by itself.
create table sluice_accounts.ended_session (
  -- A digest: whoever reads the table has no session.
  mark text primary key,
  until timestamptz not null
);
create index on sluice_accounts.ended_session (until);

-- Who asked for which change, and what became of it: one row a call, be it done or refused. Nothing here is ever changed but the outcome of a
-- call that had begun.
create table sluice_accounts.audit (
  id bigint generated always as identity primary key,
  -- Of the call: whoever writes its row a second time finds it.
  call uuid not null unique,
  at timestamptz not null default now(),
  ended_at timestamptz,
  actor text not null,
  address text not null,
  -- The operation: `pipelines.change`, `login`.
  action text not null,
  -- Null of what belongs to none, and where nobody found out.
  project text,
  -- What it is about, as the path of the request names it.
  target text not null,
  -- What was sent, without passwords.
  details jsonb not null default '{}',
  -- `begun`: under way, or its process died before it could say.
  outcome text not null check (outcome in ('begun', 'done', 'refused', 'failed')),
  reason text,
  -- How many more like it were refused and have no row: callers without credentials cannot fill the disk.
  omitted int not null default 0
);
create index on sluice_accounts.audit (project, id desc);
create index on sluice_accounts.audit (actor, id desc);
