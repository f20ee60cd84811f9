create table "public"."greetings" (
  "name" text not null,
  "greeting" text not null,
  "said_at" timestamp with time zone not null,
  "_load_id" bigint not null,
  constraint "greetings_pkey" primary key ("name", "said_at")
);

create index "greetings__load_id_idx" on "public"."greetings" using brin ("_load_id") with (autosummarize = on);
