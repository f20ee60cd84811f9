drop table "public"."releases";
