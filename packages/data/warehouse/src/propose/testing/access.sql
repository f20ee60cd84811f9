-- Analysts see the days that are over; who owns the table sees all of it, and so do loads.
alter table shop.things enable row level security;
create policy past on shop.things for select to analysts using (day < current_date);

-- They may look at what is there, and at what migrations will make in this schema.
grant usage on schema shop to analysts;
grant select on shop.things to analysts;
alter default privileges in schema shop grant select on tables to analysts;
