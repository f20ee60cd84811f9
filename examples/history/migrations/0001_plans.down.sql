drop table "public"."plans";
