create table "public"."releases" (
  "id" bigint not null,
  "tag" text not null,
  "name" text,
  "is_preview" boolean not null,
  "published_at" timestamp with time zone not null,
  "url" text not null,
  "_load_id" bigint not null,
  constraint "releases_pkey" primary key ("id")
);

create index "releases__load_id_idx" on "public"."releases" using brin ("_load_id") with (autosummarize = on);
