create table "public"."plans" (
  "customer" text not null,
  "since" timestamp with time zone not null,
  "plan" text not null,
  "has_left" boolean,
  "until" timestamp with time zone,
  "holds" boolean not null,
  "_load_id" bigint not null,
  constraint "plans_pkey" primary key ("customer", "since"),
  constraint "plans_until_check" check ("since" < "until"),
  constraint "plans_customer_until_key" unique nulls not distinct ("customer", "until") deferrable
);

create index "plans__load_id_idx" on "public"."plans" using brin ("_load_id") with (autosummarize = on);
