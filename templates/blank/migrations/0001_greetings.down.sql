drop table "public"."greetings";
