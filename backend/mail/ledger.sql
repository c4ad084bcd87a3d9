-- Statements on the tables mail, reminder_plan and mail_host. Beneath each name stands what the statement guarantees.
-- Lines that are comments are not sent. Words in braces are columns and conditions made from models and enums; the
-- function that uses the statement fills them by str.format. Question marks are parameters of storage/batch.py.


-- name: insert_for_customer_success
-- One row for each active user of Customer Success about a request; a key that has a row gets no second one.
INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)
SELECT concat_ws(':', 'filed', a.request_id, p.id), ?, p.id, a.request_id, ?::jsonb, a.at, a.at, a.at
  FROM person p CROSS JOIN (SELECT ?::bigint, ?::timestamptz) AS a (request_id, at)
 WHERE p.role = 'CUSTOMER_SUCCESS' AND p.is_active
ON CONFLICT (key) DO NOTHING

-- name: insert_for_user
-- One row for one user; a key that has a row gets no second one.
INSERT INTO mail (key, kind, recipient_id, request_id, facts, due_at, next_at, created_at)
SELECT ?, ?, ?::bigint, ?::bigint, ?::jsonb, a.at, a.at, a.at FROM (SELECT ?::timestamptz) AS a (at)
ON CONFLICT (key) DO NOTHING

-- name: cancel_mails_of_term
-- Ends each mail of a term, of the kinds $4, that was certainly not accepted; one in doubt is left to its next try.
UPDATE mail SET state = 'CANCELLED', reason = 'renewed', ended_at = $3
 WHERE account_id = $1 AND expires_on = $2 AND state IN ('WAITING', 'CLAIMED') AND kind = ANY($4::text[])

-- name: cancel_earlier_links
-- Ends a user's links to set a password that were certainly not accepted, and removes their tokens from the ledger.
UPDATE mail SET state = 'CANCELLED', reason = 'link_replaced', ended_at = $2, facts = '{}'::jsonb
 WHERE recipient_id = $1 AND kind = 'PASSWORD_RESET' AND state IN ('WAITING', 'CLAIMED')

-- name: end_what_was_due
-- No mail that is due by $1 stays open; one in doubt ends as UNKNOWN.
UPDATE mail SET state = CASE state WHEN 'IN_DOUBT' THEN 'UNKNOWN' ELSE 'CANCELLED' END, reason = $2, ended_at = $1
 WHERE due_at <= $1 AND state IN ('WAITING', 'CLAIMED', 'IN_DOUBT')


-- name: lock_last_plan
-- Only one worker plans at a time: the others wait here.
SELECT planned_at, began_at FROM reminder_plan FOR UPDATE

-- name: record_plan
-- The next plan looks back from $1; began_at stays the instant of the first plan.
INSERT INTO reminder_plan (id, planned_at, began_at) VALUES (1, $1, $1)
ON CONFLICT (id) DO UPDATE SET planned_at = $1, began_at = coalesce(reminder_plan.began_at, $1)

-- name: plan_reminders
-- Each milestone that is due has one row for each active SuperAdmin of the account, SKIPPED if not worth sending.
-- $1 to $3: each time zone, the latest day whose reminders are due there, and today. $4 and $5: the first and last day
-- that may have become due. $6: the time of day. $7: now.
WITH local AS (
    SELECT * FROM unnest($1::text[], $2::date[], $3::date[]) AS z (time_zone, due_day, today)
), touched AS (
    SELECT a.id, a.organisation_id, a.mail_domain, a.starts_on, a.expires_on, local.*
      FROM account a
      JOIN organisation o ON o.id = a.organisation_id
      JOIN local ON local.time_zone = o.time_zone
     WHERE a.expires_on BETWEEN $4 AND $5
        OR a.expires_on BETWEEN $4 + 7 AND $5 + 7
        OR a.expires_on BETWEEN ($4 + interval '1 month')::date AND ($5 + interval '1 month')::date + 3
), due AS (
    SELECT touched.*, m.milestone, m.day
      FROM touched
     CROSS JOIN LATERAL (VALUES
         ('ONE_MONTH', (expires_on - interval '1 month')::date),
         ('ONE_WEEK', expires_on - 7),
         ('EXPIRY_DAY', expires_on)
     ) AS m (milestone, day)
     WHERE m.day <= due_day
), judged AS (
    SELECT due.*,
           -- A wall time that a gap of the clocks skips is due at its end: never later than now.
           least((day + $6::time) AT TIME ZONE time_zone, $7::timestamptz) AS due_at,
           CASE WHEN day <= starts_on THEN 'before_start'
                WHEN today > expires_on THEN 'late'
                WHEN milestone = 'ONE_MONTH' AND due_day >= expires_on - 7 THEN 'superseded'
                WHEN milestone = 'ONE_WEEK' AND due_day >= expires_on THEN 'superseded'
           END AS skipped
      FROM due
)
INSERT INTO mail (key, kind, recipient_id, account_id, milestone, expires_on, digest, facts, state, reason,
                  due_at, next_at, created_at, ended_at)
SELECT concat_ws(':', 'reminder', judged.id, expires_on, milestone, p.id), 'REMINDER', p.id, judged.id, milestone,
       expires_on, concat_ws(':', 'reminder', p.id, milestone, day, coalesce(mail_domain, '')), '{}',
       CASE WHEN skipped IS NULL THEN 'WAITING' ELSE 'SKIPPED' END, skipped,
       due_at, due_at, $7, CASE WHEN skipped IS NULL THEN NULL ELSE $7::timestamptz END
  FROM judged
  JOIN person p ON p.organisation_id = judged.organisation_id AND p.role = 'SUPER_ADMIN' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id

-- name: plan_waiting_renewals
-- Customer Success has one row for each renewal that is pending a week before the expiry day, and on that day.
-- A renewal that was filed after a milestone is left out: the mail about its filing is as recent.
-- $1 to $3: as in plan_reminders. $4: the time of day. $5: now.
WITH local AS (
    SELECT * FROM unnest($1::text[], $2::date[], $3::date[]) AS z (time_zone, due_day, today)
), due AS (
    SELECT r.id, r.requested_at, a.id AS account_id, a.expires_on, m.milestone, m.day,
           least((m.day + $4::time) AT TIME ZONE local.time_zone, $5::timestamptz) AS due_at
      FROM change_request r
      JOIN account a ON a.id = r.account_id
      JOIN organisation o ON o.id = a.organisation_id
      JOIN local ON local.time_zone = o.time_zone
     CROSS JOIN LATERAL (VALUES ('ONE_WEEK', a.expires_on - 7), ('EXPIRY_DAY', a.expires_on)) AS m (milestone, day)
     WHERE r.type = 'RENEWAL' AND r.state = 'PENDING' AND m.day <= due_day AND today <= a.expires_on
       AND (milestone = 'EXPIRY_DAY' OR due_day < a.expires_on)
)
INSERT INTO mail (key, kind, recipient_id, account_id, request_id, milestone, expires_on, digest, facts,
                  due_at, next_at, created_at)
SELECT concat_ws(':', 'renewal', due.id, expires_on, milestone, p.id), 'RENEWAL_WAITING', p.id, account_id, due.id,
       milestone, expires_on, concat_ws(':', 'renewal', p.id, milestone, day), '{}', due_at, due_at, $5
  FROM due CROSS JOIN person p
 WHERE requested_at < due_at AND p.role = 'CUSTOMER_SUCCESS' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id

-- name: plan_late_notices
-- Customer Success has one row for each term that ended, since $1, with a reminder unsent.
-- $2: now. $3: the day of the first plan; a term that ended before it had no reminder to miss.
INSERT INTO mail (key, kind, recipient_id, account_id, expires_on, digest, facts, due_at, next_at, created_at)
SELECT concat_ws(':', 'late', missed.account_id, missed.expires_on, p.id), 'REMINDERS_LATE', p.id, missed.account_id,
       missed.expires_on, concat_ws(':', 'late', p.id), '{}', $2, $2, $2
  FROM (SELECT DISTINCT m.account_id, m.expires_on
          FROM mail m JOIN account a ON a.id = m.account_id AND a.expires_on = m.expires_on
         WHERE m.kind = 'REMINDER' AND m.reason = 'late' AND m.ended_at > $1 AND m.expires_on >= $3) AS missed
 CROSS JOIN person p
 WHERE p.role = 'CUSTOMER_SUCCESS' AND p.is_active
ON CONFLICT (key) DO NOTHING
RETURNING id


-- name: claim
-- One sender at a time has a row, digests as a whole; none is claimed while the circuit breaker of host $5 is open.
-- The first due row of a digest stands for it: who finds that row locked leaves the others alone too, so two senders
-- never split a digest. Rows in doubt share a mail only if they shared it before. The rows that decide about
-- eligibility are read by the same statement, with their versions. Rows that only a newer version of the program can
-- render are left to its workers.
-- $1: now. $2: the end of the lease. $3: further rows of a mail. $4: mails.
WITH first AS (
    SELECT m.id, m.digest, m.doubts, m.message_id
      FROM mail m
     WHERE m.state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') AND m.next_at <= $1 AND {can_render}
       AND NOT EXISTS (SELECT 1 FROM mail o
                        WHERE o.digest = m.digest AND o.id < m.id AND o.ended_at IS NULL AND o.next_at <= $1)
       AND NOT EXISTS (SELECT FROM mail_host WHERE name = $5 AND open_until IS NOT NULL)
     ORDER BY m.next_at, m.id LIMIT $4 FOR UPDATE SKIP LOCKED
), others AS (
    SELECT o.id, first.id AS mail
      FROM first CROSS JOIN LATERAL (
          SELECT m.id FROM mail m
           WHERE m.digest = first.digest AND m.id > first.id AND m.ended_at IS NULL AND m.next_at <= $1
             AND m.doubts = first.doubts AND m.message_id IS NOT DISTINCT FROM first.message_id AND {can_render}
           ORDER BY m.id LIMIT $3 FOR UPDATE SKIP LOCKED
      ) AS o
), locked AS (
    SELECT id, id AS mail FROM first UNION ALL SELECT id, mail FROM others
), claimed AS (
    UPDATE mail m SET state = CASE state WHEN 'IN_DOUBT' THEN 'IN_DOUBT' ELSE 'CLAIMED' END,
                      attempt = attempt + 1, next_at = $2
      FROM locked WHERE m.id = locked.id
    RETURNING m.*, locked.mail
)
SELECT {mail_columns}, m.mail, d.*, renewal.id AS renewal, renewal.requested_at, renewal.requester
  FROM claimed m
 CROSS JOIN LATERAL (SELECT {recipient_columns}, {account_columns}, {organisation_columns}, r.state AS request_state,
                            {versions} AS versions
                       FROM {deciding_rows}) AS d
  LEFT JOIN LATERAL ({pending_renewals}) AS renewal ON true
 ORDER BY m.id

-- name: renew_leases
-- A lease is only ever lengthened, and only by the sender whose attempt the row has; it waits for no lock.
WITH claimed AS (
    SELECT m.id FROM mail m JOIN unnest($1::bigint[], $2::int[]) AS c (id, attempt) USING (id, attempt)
     WHERE m.ended_at IS NULL AND m.next_at < $3 ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
)
UPDATE mail m SET next_at = $3 FROM claimed WHERE m.id = claimed.id

-- name: lock_claimed
-- Locks the rows that still have these attempts. It waits for no lock: a row that another sender has locked is claimed
-- by it, and two that wait for each other would stop both.
SELECT m.id FROM mail m JOIN unnest($1::bigint[], $2::int[]) AS c (id, attempt) USING (id, attempt)
 WHERE m.ended_at IS NULL ORDER BY m.id FOR UPDATE OF m SKIP LOCKED

-- name: mark
-- All rows of a mail become IN_DOUBT; the first one ($3) has the bytes. The caller holds their locks.
UPDATE mail SET state = 'IN_DOUBT', doubts = doubts + 1, next_at = $5, message_id = $2,
                message = CASE WHEN id = $3 THEN $4::bytea END
 WHERE id = ANY($1::bigint[])

-- name: mark_unchanged
-- A mail is marked with all its rows, or with none if one was claimed since or what decides about it has changed.
-- Rows are locked by their ids, and whether they have ended is looked at only then: else PostgreSQL, where it believes
-- that few are open, seeks them among all open ones.
-- $1 to $6: of each row its id, attempt, mail, versions, Message-ID and bytes. $7: the end of the lease.
WITH marks AS (
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::text[], $5::text[], $6::bytea[])
        AS a (id, attempt, mail, versions, message_id, message)
), locked AS (
    SELECT m.id, m.ended_at, m.recipient_id, m.account_id, m.request_id, marks.mail, marks.versions
      FROM mail m JOIN marks USING (id, attempt) ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
), unchanged AS (
    SELECT m.mail FROM locked m WHERE m.ended_at IS NULL AND (SELECT {versions} FROM {deciding_rows}) = m.versions
)
UPDATE mail m SET state = 'IN_DOUBT', doubts = doubts + 1, next_at = $7,
                  message_id = marks.message_id, message = marks.message
  FROM marks
 WHERE m.id = marks.id AND (SELECT count(*) FROM unchanged WHERE unchanged.mail = marks.mail)
                         = (SELECT count(*) FROM marks AS a WHERE a.mail = marks.mail)
RETURNING marks.mail

-- name: end_mails
-- A mail ends with all its rows, or with none if another sender has claimed one since.
-- $1 to $7: of each row its id, attempt, mail, state, reason, end and reply.
WITH outcomes AS (
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
        AS a (id, attempt, mail, state, reason, ended_at, reply)
), locked AS (
    SELECT m.ended_at, outcomes.mail FROM mail m JOIN outcomes USING (id, attempt) ORDER BY m.id FOR UPDATE OF m
), claimed AS (
    SELECT mail FROM locked WHERE ended_at IS NULL
)
UPDATE mail m SET state = outcomes.state, reason = outcomes.reason, ended_at = outcomes.ended_at,
                  reply = coalesce(outcomes.reply, m.reply), message = NULL,
                  facts = CASE kind WHEN 'PASSWORD_RESET' THEN '{}' ELSE facts END
  FROM outcomes
 WHERE m.id = outcomes.id AND (SELECT count(*) FROM claimed WHERE claimed.mail = outcomes.mail)
                            = (SELECT count(*) FROM outcomes AS a WHERE a.mail = outcomes.mail)
RETURNING outcomes.mail


-- name: claim_probe
-- After the pause of host $1 one worker gets a row and probes; for the others the pause goes on until $3.
UPDATE mail_host SET open_until = $3 WHERE name = $1 AND open_until <= $2 RETURNING name

-- name: open_breaker
-- The pause doubles from $3 to $4 at most; faults found during a pause lengthen it only if found by the probe ($6).
INSERT INTO mail_host (name, faults, open_until, last_fault, last_fault_at) VALUES ($1, 1, $2::timestamptz + $3, $5, $2)
ON CONFLICT (name) DO UPDATE
   SET faults = mail_host.faults + 1,
       open_until = $2::timestamptz + least($3::interval * 2 ^ least(mail_host.faults, 10), $4::interval),
       last_fault = $5, last_fault_at = $2
 WHERE mail_host.open_until IS NULL OR mail_host.open_until <= $2 OR $6
RETURNING open_until

-- name: close_breaker
-- The host has no pause, and its next one is the shortest.
UPDATE mail_host SET faults = 0, open_until = NULL WHERE name = $1 AND faults > 0


-- name: last_plan
-- No row before the first plan; waits for no lock.
SELECT planned_at FROM reminder_plan

-- name: oldest_due
-- Since when the longest waiting due mail waits; NULL if none is due. A retry counts from the instant it is due, since
-- a recipient's own host may hold mails up without any fault of ours.
SELECT min(CASE WHEN failures = 0 THEN coalesce(again_at, due_at) ELSE next_at END) AS at FROM mail
 WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') AND (failures = 0 OR next_at <= $1)

-- name: count_open
-- Every open row is counted once.
SELECT state, count(*) AS n FROM mail WHERE state IN ('WAITING', 'CLAIMED', 'IN_DOUBT') GROUP BY state

-- name: count_ended
-- Every row that ended after $1 is counted once.
SELECT state, count(*) AS n FROM mail WHERE ended_at > $1 GROUP BY state

-- name: reminders_of_newest_terms
-- All rows of the $3 newest terms of each account ($1, with its expiry days $2), of which the present term is one.
SELECT {mail_columns} FROM unnest($1::bigint[], $2::date[]) AS account (id, expires_on)
 CROSS JOIN LATERAL (
     SELECT expires_on FROM mail WHERE account_id = account.id AND kind = 'REMINDER'
      UNION SELECT account.expires_on
      ORDER BY expires_on DESC LIMIT $3
 ) AS term
  JOIN mail m ON m.account_id = account.id AND m.kind = 'REMINDER' AND m.expires_on = term.expires_on
