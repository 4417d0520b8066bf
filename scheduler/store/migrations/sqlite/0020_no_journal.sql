-- Outcomes are written to attempts and notices at once; what the journal still holds is entered there first.

UPDATE notices SET lease_until = '', state = 'sent', reason = '', done_at = j.written_at
FROM journal j JOIN attempts a ON a.notice = j.notice AND a.number = j.number AND a.outcome = ''
WHERE notices.id = j.notice AND notices.attempts = j.number;

UPDATE attempts SET finished_at = j.finished_at, outcome = 'sent', reply = j.reply
FROM journal j
WHERE attempts.notice = j.notice AND attempts.number = j.number AND attempts.outcome = '';

DROP TABLE journal;
