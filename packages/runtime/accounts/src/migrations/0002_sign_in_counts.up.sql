-- What is remembered of sign-ins, so that a restart forgets nobody's failures: failed tries by who or where, and who showed the right password
-- from where. A row goes when it does not count any more.
create table sluice_accounts.sign_in_count (
  -- Which counter: of a name from an address, of an address, of a name; or `known`.
  counter text not null check (counter in ('pair', 'address', 'name', 'known')),
  -- A digest: what somebody typed as their name may be a password.
  key text not null,
  tries int not null check (tries > 0),
  at timestamptz not null,
  primary key (counter, key)
);
create index on sluice_accounts.sign_in_count (at);
