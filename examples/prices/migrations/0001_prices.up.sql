create table "public"."prices" (
  "coin" text not null,
  "seen_at" timestamp with time zone not null,
  "usd" numeric(38,18) not null,
  "_load_id" bigint not null,
  constraint "prices_pkey" primary key ("coin", "seen_at")
);

create index "prices__load_id_idx" on "public"."prices" using brin ("_load_id") with (autosummarize = on);
