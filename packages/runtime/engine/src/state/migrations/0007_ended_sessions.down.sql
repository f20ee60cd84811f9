drop table sluice.ended_session;
