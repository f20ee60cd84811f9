drop table sluice.kept_token, sluice.call_hold, sluice.call;
