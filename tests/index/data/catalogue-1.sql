BEGIN TRANSACTION;
CREATE TABLE check_contents (
	"check" INTEGER NOT NULL, 
	reference_id TEXT NOT NULL, 
	content TEXT NOT NULL, 
	PRIMARY KEY ("check", reference_id), 
	FOREIGN KEY("check") REFERENCES checks (number)
);
INSERT INTO "check_contents" VALUES(1,'01M836W0HYNZ1MJ84AWWTMCTN2','{"matches": {"0": {"reference": {"name": "0.jpg", "title": "Title 0"}, "texts": []}}}');
CREATE TABLE checks (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	checked_at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	decision TEXT NOT NULL, 
	sha256 TEXT, 
	revision INTEGER NOT NULL, 
	policy TEXT NOT NULL, 
	report TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "checks" VALUES(1,'c1','2026-11-23T00:00:00Z','cli','block','abababababababababababababababababababababababababababababababab',1,'sha256:00','{"schema": "simcheck.report/1", "id": "c1", "checked_at": "2026-11-23T00:00:00Z", "elapsed_ms": 5, "output": {"path": "out/a.png", "sha256": "abababababababababababababababababababababababababababababababab", "bytes": 3, "kind": "image"}, "decision": "block", "reason": "Nothing alike is registered.", "score": 0.9, "matches": [{"reference": {"id": "01M836W0HYNZ1MJ84AWWTMCTN2", "kind": "image"}, "score": 0.9, "regions": []}], "index": {"revision": 1, "references": 1}, "policy": {"name": "default", "version": 1, "hash": "sha256:00"}, "models": {}, "error": null}');
CREATE TABLE entries_1 (
	segment INTEGER NOT NULL, 
	work INTEGER NOT NULL, 
	rows BLOB NOT NULL, 
	crc INTEGER NOT NULL, 
	PRIMARY KEY (segment)
);
INSERT INTO "entries_1" VALUES(1,1,X'D25E113EADCEAC3EAEFF0A3E2D0B09BF656BBE3E9BC43B3EB9DE61BEB272743E9A5B193E5274F73D294B3F3CB9F9653E28E59ABE790E89BDD7CD4ABEC6E77B3E',1430955575);
INSERT INTO "entries_1" VALUES(2,2,X'3F657B3E1793433E56AC03BFD67CB7BE88CF07BD5009A4BD2504263D00E0283DE4B6CD3EC20758BE9CB692BD3E6CC63E8844FB3DE9CF003ED1B5C7BD9715A0BE',1592505908);
INSERT INTO "entries_1" VALUES(4,4,X'9C96963DFFD3723EDCC803BF8BA9A23D84C4C33E0C3FBEBD289D81BE8180703E690FA23D70368F3E61BDDCBDCEE0ECBEF9AF0CBD76890EBE85E1773EA9A0773D',1351073782);
CREATE TABLE entries_2 (
	segment INTEGER NOT NULL, 
	work INTEGER NOT NULL, 
	rows BLOB NOT NULL, 
	crc INTEGER NOT NULL, 
	PRIMARY KEY (segment)
);
INSERT INTO "entries_2" VALUES(1,1,X'0B8216FA818E5022',559901434);
INSERT INTO "entries_2" VALUES(2,2,X'03723A5E5B24F60F',1133081052);
INSERT INTO "entries_2" VALUES(4,4,X'DD2573E3E0503036',759342109);
CREATE TABLE entries_3 (
	segment INTEGER NOT NULL, 
	work INTEGER NOT NULL, 
	rows BLOB NOT NULL, 
	crc INTEGER NOT NULL, 
	PRIMARY KEY (segment)
);
INSERT INTO "entries_3" VALUES(1,1,X'789C5335B971819581E1FF7F06FC84FA5B56C38B0C40CE7FFC040003632006',2412407220);
INSERT INTO "entries_3" VALUES(2,2,X'789CD3953F69759981E13F10E225EC459FDDB702B2803CBC04000C0F205A',2796414);
INSERT INTO "entries_3" VALUES(4,4,X'789C0B3BA9FBF021C37F86FFFFF113415BBCF78B82580CF80900E9FD2811',3133748620);
CREATE TABLE evidence (
	segment INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	data BLOB NOT NULL, 
	crc INTEGER NOT NULL, 
	PRIMARY KEY (segment, name), 
	FOREIGN KEY(segment) REFERENCES segments ("key")
);
INSERT INTO "evidence" VALUES(1,'thumbnail',X'7468756D626E61696C2030206F6620302E6A7067',3601081654);
INSERT INTO "evidence" VALUES(2,'thumbnail',X'7468756D626E61696C2030206F6620312E6A7067',3955494022);
INSERT INTO "evidence" VALUES(4,'thumbnail',X'7468756D626E61696C2030206F6620332E6A7067',2432983014);
CREATE TABLE jobs (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	progress FLOAT NOT NULL, 
	owner INTEGER NOT NULL, 
	actor TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	report_id TEXT, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
CREATE TABLE keys (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	revoked_at TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (hash)
);
INSERT INTO "keys" VALUES('k1','studio','check','hash','2026-11-23T00:00:00Z',NULL);
CREATE TABLE lanes (
	number INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	structure TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	version TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (name)
);
INSERT INTO "lanes" VALUES(1,'vectors','dense',16,'encoder-1');
INSERT INTO "lanes" VALUES(2,'hashes','binary',64,'hash-1');
INSERT INTO "lanes" VALUES(3,'tokens','postings',64,'words-1');
CREATE TABLE "references" (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	status TEXT NOT NULL, 
	status_reason TEXT, 
	sha256 TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	added_at TEXT NOT NULL, 
	title TEXT, 
	creator TEXT, 
	licence TEXT, 
	allow_projects TEXT NOT NULL, 
	tags TEXT NOT NULL, 
	boilerplate INTEGER NOT NULL, 
	exclusions TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	first_segment INTEGER NOT NULL, 
	segments INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "references" VALUES(1,'01M836W0HYNZ1MJ84AWWTMCTN2','0.jpg','image','active',NULL,'3938d9535f5726b44cc54653f079c09d1cca2951f145fcc8bc368197cc34bdce',5,'2026-11-23T03:23:22Z','Title 0',NULL,NULL,'[]','{}',0,'[]','{}',1,1,1);
INSERT INTO "references" VALUES(2,'01M836W0HZ2FBJ84FFVRY7AXY0','1.jpg','image','quarantined','asked','4c468b3b16999fd9578189576d5f770cb4a16ad9fca0e798a251f00a54a87c5d',5,'2026-11-23T03:23:22Z','Title 1',NULL,NULL,'[]','{}',0,'[]','{}',2,1,2);
INSERT INTO "references" VALUES(3,'01M836W0HZ2FBJ84FFVRY7AXY1','(removed)','image','removed',NULL,'88a5d4f503b26504ed25f8cf38a0b97ddfd234c4f024896a96a3fa363de0660b',5,'2026-11-23T03:23:22Z',NULL,NULL,NULL,'[]','{}',0,'[]','{}',3,1,3);
INSERT INTO "references" VALUES(4,'01M836W0HZ2FBJ84FFVRY7AXY2','3.jpg','image','active',NULL,'da877ea96a7e8f7c9bced14ac791f424af4b0b4eab101ef636545c20e9eed116',5,'2026-11-23T03:23:22Z','Title 3',NULL,NULL,'[]','{}',0,'[]','{}',4,1,1);
CREATE TABLE revisions (
	revision INTEGER NOT NULL, 
	token TEXT NOT NULL, 
	at TEXT NOT NULL, 
	next_work INTEGER NOT NULL, 
	next_segment INTEGER NOT NULL, 
	PRIMARY KEY (revision)
);
INSERT INTO "revisions" VALUES(0,'f5dfdec137cb5f94','2026-11-23T03:23:22Z',1,1);
INSERT INTO "revisions" VALUES(1,'2f543355013461a1','2026-11-23T03:23:22Z',5,5);
INSERT INTO "revisions" VALUES(2,'7e3efedddef823f8','2026-11-23T03:23:22Z',5,5);
INSERT INTO "revisions" VALUES(3,'bdfb587a73b1d42c','2026-11-23T03:23:22Z',5,5);
CREATE TABLE segments (
	"key" INTEGER NOT NULL, 
	work INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	place TEXT NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(work) REFERENCES "references" (number)
);
INSERT INTO "segments" VALUES(1,1,0,'{}');
INSERT INTO "segments" VALUES(2,2,0,'{}');
INSERT INTO "segments" VALUES(4,4,0,'{}');
CREATE TABLE state (
	index_id TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	compacted INTEGER NOT NULL, 
	PRIMARY KEY (index_id)
);
INSERT INTO "state" VALUES('01M836W0GT9JCZ9GF7BMNXHNJ9','2026-11-23T03:23:22Z',0);
CREATE INDEX references_by_revision ON "references" (revision);
CREATE INDEX references_by_status ON "references" (status, kind);
CREATE UNIQUE INDEX references_by_bytes ON "references" (sha256) WHERE status <> 'removed';
CREATE INDEX checks_by_output ON checks (sha256, number);
CREATE INDEX checks_by_decision ON checks (decision, number);
CREATE INDEX jobs_by_status ON jobs (status);
CREATE INDEX segments_by_work ON segments (work, ordinal);
CREATE INDEX check_contents_by_reference ON check_contents (reference_id);
CREATE TRIGGER checks_refuse_update BEFORE UPDATE ON checks BEGIN SELECT RAISE(ABORT, 'checks are recorded for good'); END;
CREATE TRIGGER checks_refuse_delete BEFORE DELETE ON checks BEGIN SELECT RAISE(ABORT, 'checks are recorded for good'); END;
COMMIT;
PRAGMA user_version = 1;
