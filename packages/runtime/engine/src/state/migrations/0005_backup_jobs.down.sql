drop table sluice.backup_job;
