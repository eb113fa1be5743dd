-- Cron schedules. Reading an expression and finding the next tick are pure functions of expression, zone and moment; a tick becomes a job in
-- the transaction that moves its schedule on. The zones are the database's own, so a fleet of machines cannot disagree about them.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Reading cron -------------------------------------------------------------------------------------

-- The members of one field: a list of `*`, `a`, `a-b`, each with an optional `/step`; `a/step` goes on to the end of the range, `?` is `*` in
-- the two day fields. place is where the field begins in the expression, from 1, so that a fault can say where it is.
CREATE OR REPLACE FUNCTION parse_cron_field(
    field text, place integer, title text, lowest integer, highest integer, names text[],
    OUT fault text, OUT members integer[]
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    is_weekday CONSTANT boolean := title = 'day of week';
    -- Sunday once: a step over 0-7 would fall on the second one.
    whole_end CONSTANT integer := CASE WHEN is_weekday THEN 6 ELSE highest END;
    item text;
    part text[];
    ends integer[];
    step integer;
BEGIN
    IF field = '*' THEN
        members := ARRAY(SELECT generate_series(lowest, whole_end));
        RETURN;
    END IF;
    members := '{}';
    FOREACH item IN ARRAY string_to_array(field, ',') LOOP
        fault := format('%s field, character %s: ', title, place);
        part := regexp_match(item, '^(?:([*?])|([0-9]{1,4}|[[:alpha:]]+)(?:-([0-9]{1,4}|[[:alpha:]]+))?)(?:/([0-9]{1,4}))?$');
        IF part IS NULL OR (part[1] = '?' AND title NOT LIKE 'day%') THEN
            fault := fault || format('"%s" is none of *, a, a-b, each with or without /step', item);
            RETURN;
        END IF;
        ends := ARRAY[lowest, whole_end];
        FOR i IN 2 .. 3 LOOP
            CONTINUE WHEN part[i] IS NULL;
            ends[i - 1] := coalesce(
                array_position(names, lower(part[i])) + lowest - 1,
                CASE WHEN part[i] ~ '^[0-9]+$' THEN part[i]::integer END);
            IF ends[i - 1] IS NULL OR ends[i - 1] NOT BETWEEN lowest AND highest THEN
                fault := fault || format('"%s" is not %s-%s%s', part[i], lowest, highest,
                    CASE WHEN names <> '{}' THEN format(' or %s-%s', names[1],
                        names[cardinality(names)]) ELSE '' END);
                RETURN;
            END IF;
        END LOOP;
        IF part[2] IS NOT NULL AND part[3] IS NULL THEN
            ends[2] := CASE WHEN part[4] IS NULL THEN ends[1]
                ELSE greatest(ends[1], whole_end) END;
        ELSIF is_weekday AND ends[2] = 0 AND ends[1] > 0 THEN
            ends[2] := 7;
        END IF;
        IF ends[1] > ends[2] THEN
            fault := fault || format('"%s" runs backwards; write it as two ranges', item);
            RETURN;
        END IF;
        step := coalesce(part[4], '1')::integer;
        IF step = 0 THEN
            fault := fault || format('"%s" has a step of 0', item);
            RETURN;
        END IF;
        members := members || ARRAY(SELECT generate_series(ends[1], ends[2], step));
        place := place + length(item) + 1;
    END LOOP;
    fault := NULL;
    -- both 0 and 7 are Sunday
    members := ARRAY(
        SELECT DISTINCT CASE WHEN is_weekday THEN m % 7 ELSE m END FROM unnest(members) AS m
        ORDER BY 1);
END $$;

-- Five fields or one of the @names. fault is NULL or says what is wrong and at which character. A day is due when either day field names it if
-- both are given, else when both do (the rule of Vixie cron: a field that begins with * is not given).
CREATE OR REPLACE FUNCTION parse_cron(
    expression text,
    OUT fault text, OUT minutes integer[], OUT hours integer[], OUT days integer[],
    OUT months integer[], OUT weekdays integer[], OUT either_day boolean
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    months_by_name CONSTANT text[] := '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}';
    weekdays_by_name CONSTANT text[] := '{sun,mon,tue,wed,thu,fri,sat}';
    fields text[];
    places integer[];
BEGIN
    expression := coalesce(expression, '');
    IF btrim(expression) LIKE '@%' THEN
        fault := format(
            '"%s" is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly',
            btrim(expression));
        expression := CASE lower(btrim(expression))
            WHEN '@yearly' THEN '0 0 1 1 *' WHEN '@annually' THEN '0 0 1 1 *'
            WHEN '@monthly' THEN '0 0 1 * *' WHEN '@weekly' THEN '0 0 * * 0'
            WHEN '@daily' THEN '0 0 * * *' WHEN '@midnight' THEN '0 0 * * *'
            WHEN '@hourly' THEN '0 * * * *' END;
        IF expression IS NULL THEN
            RETURN;
        END IF;
    END IF;
    fields := ARRAY(SELECT m[1] FROM regexp_matches(expression, '\S+', 'g') AS m);
    IF cardinality(fields) <> 5 THEN
        fault := format(
            'five fields are needed (minute, hour, day of month, month, day of week), there are %s',
            cardinality(fields));
        RETURN;
    END IF;
    places := ARRAY(SELECT regexp_instr(expression, '\S+', 1, n) FROM generate_series(1, 5) AS n);
    SELECT * INTO fault, minutes FROM parse_cron_field(fields[1], places[1], 'minute', 0, 59, '{}');
    IF fault IS NULL THEN
        SELECT * INTO fault, hours FROM parse_cron_field(fields[2], places[2], 'hour', 0, 23, '{}');
    END IF;
    IF fault IS NULL THEN
        SELECT * INTO fault, days
        FROM parse_cron_field(fields[3], places[3], 'day of month', 1, 31, '{}');
    END IF;
    IF fault IS NULL THEN
        SELECT * INTO fault, months
        FROM parse_cron_field(fields[4], places[4], 'month', 1, 12, months_by_name);
    END IF;
    IF fault IS NULL THEN
        SELECT * INTO fault, weekdays
        FROM parse_cron_field(fields[5], places[5], 'day of week', 0, 7, weekdays_by_name);
    END IF;
    either_day := fields[3] !~ '^[*?]' AND fields[5] !~ '^[*?]';
END $$;

-- Time zones ---------------------------------------------------------------------------------------

-- How far the zone's clocks are ahead of UTC at a moment.
CREATE OR REPLACE FUNCTION zone_offset(zone text, at timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
    SELECT (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')
$$;

-- The first moment at which the zone's clocks show wall; when they skip it, the first moment after the gap. No zone has changed its clocks
-- twice within 52 hours since 1970 (the closest are a week apart), so the offsets before and after are those a day to either side.
CREATE OR REPLACE FUNCTION first_moment(wall timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    guess CONSTANT timestamptz := wall AT TIME ZONE zone;
    moment timestamptz;
    before bigint;
    after bigint;
    middle bigint;
BEGIN
    SELECT min(candidate) INTO moment
    FROM unnest(ARRAY[
        guess, (wall - zone_offset(zone, guess - interval '26 hours')) AT TIME ZONE 'UTC',
        (wall - zone_offset(zone, guess + interval '26 hours')) AT TIME ZONE 'UTC']) AS candidate
    WHERE candidate AT TIME ZONE zone = wall;
    IF moment IS NOT NULL THEN
        RETURN moment;
    END IF;
    -- In a gap PostgreSQL reads wall by the clocks before it, so the guess lies after it, by less than its length.
    after := extract(epoch FROM guess);
    before := after - extract(epoch FROM
        zone_offset(zone, guess) - zone_offset(zone, guess - interval '26 hours'));
    WHILE after - before > 1 LOOP
        middle := (before + after) / 2;
        IF zone_offset(zone, to_timestamp(middle)) = zone_offset(zone, guess) THEN
            after := middle;
        ELSE
            before := middle;
        END IF;
    END LOOP;
    RETURN to_timestamp(after);
END $$;

-- The zone if it is an IANA name that the database knows; NULL for any other text, abbreviations and POSIX rules included, which AT TIME ZONE
-- would take. Asking pg_timezone_names reads every file of the zone database (90 ms), so only names without a slash are looked for there: no
-- abbreviation and no rule has letters alone before a slash.
CREATE OR REPLACE FUNCTION known_time_zone(zone text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    zone := btrim(zone);
    IF upper(zone) = 'UTC' THEN
        RETURN 'UTC';
    ELSIF zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$' AND zone !~* '^(posix|right)/' THEN
        PERFORM now() AT TIME ZONE zone;
        RETURN zone;
    END IF;
    RETURN (
        SELECT z.name FROM pg_timezone_names z
        WHERE lower(z.name) = lower(zone)
            AND z.name !~ '^(posix|right)/' AND z.name NOT IN ('posixrules', 'localtime', 'Factory'));
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN NULL;
END $$;

-- The same, or an error that says what is wanted.
CREATE OR REPLACE FUNCTION checked_time_zone(zone text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF known_time_zone(zone) IS NULL THEN
        RAISE EXCEPTION 'time zone "%" is not known', zone USING ERRCODE = '22023',
            HINT = 'Names are those of pg_timezone_names, such as Europe/Berlin or UTC.';
    END IF;
    RETURN known_time_zone(zone);
END $$;

-- A moment by the zone's clocks, with their offset: 2026-03-29 03:00 +02:00.
CREATE OR REPLACE FUNCTION local_tick(at timestamptz, zone text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI ')
        || CASE WHEN zone_offset(zone, at) < interval '0' THEN '-' ELSE '+' END
        || to_char(make_interval(secs => abs(extract(epoch FROM zone_offset(zone, at)))), 'HH24:MI')
$$;

-- Ticks --------------------------------------------------------------------------------------------

-- The first day from `since` on that is due; NULL when none is for thirty years (the rarest, 29 February on both sides of a year like 2100,
-- comes after eight; a weekday that both day fields must name, after twelve).
CREATE OR REPLACE FUNCTION next_cron_day(
    since date, days integer[], months integer[], weekdays integer[], either_day boolean
) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    day date := since;
    by_day boolean;
    by_weekday boolean;
BEGIN
    WHILE day < since + 30 * 366 LOOP
        IF extract(month FROM day)::integer <> ALL (months) THEN
            day := date_trunc('month', day + interval '1 month');
            CONTINUE;
        END IF;
        by_day := extract(day FROM day)::integer = ANY (days);
        by_weekday := extract(dow FROM day)::integer = ANY (weekdays);
        IF by_day AND by_weekday OR either_day AND (by_day OR by_weekday) THEN
            RETURN day;
        END IF;
        day := day + 1;
    END LOOP;
    RETURN NULL;
END $$;

-- The first tick after a moment; NULL when there is none.
--
-- When clocks change: a schedule whose hour field names every hour runs by elapsed time, so each minute that really passes and matches is a tick
-- (an hour that comes twice ticks twice, one that is skipped not at all). Every other schedule names times of the day, and each ticks once a
-- day: one that is skipped ticks at the first moment after the gap (several in one gap: once), one that comes twice ticks the first time.
CREATE OR REPLACE FUNCTION cron_next(expression text, zone text, after timestamptz)
RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    cron record;
    wall timestamp;
    day date;
    start CONSTANT timestamptz := date_trunc('minute', after, 'UTC') + interval '1 minute';
    moment timestamptz := start;
    near date[];
    hour integer;
    minute integer;
    candidate timestamp;
BEGIN
    SELECT * INTO cron FROM parse_cron(expression);
    IF cron.fault IS NOT NULL THEN
        RAISE EXCEPTION 'cron expression "%": %', expression, cron.fault USING ERRCODE = '22023';
    END IF;
    wall := after AT TIME ZONE zone;
    day := next_cron_day(wall::date, cron.days, cron.months, cron.weekdays, cron.either_day);
    IF cardinality(cron.hours) = 24 THEN
        WHILE day IS NOT NULL LOOP
            IF (moment AT TIME ZONE zone)::date <> day THEN
                moment := greatest(moment, first_moment(day, zone));
            END IF;
            -- Clocks that go back over midnight mix two days.
            near := ARRAY(
                SELECT next_cron_day(
                    day + d, cron.days, cron.months, cron.weekdays, cron.either_day)
                FROM unnest('{-1,0,1}'::integer[]) AS d);
            -- Within two hours every minute of the clock has passed, over a gap too.
            FOR i IN 1 .. 120 LOOP
                wall := moment AT TIME ZONE zone;
                IF extract(minute FROM wall)::integer = ANY (cron.minutes) AND wall::date = ANY (near)
                THEN
                    RETURN moment;
                END IF;
                moment := moment + interval '1 minute';
            END LOOP;
            day := next_cron_day(day + 1, cron.days, cron.months, cron.weekdays, cron.either_day);
            moment := start;
        END LOOP;
        RETURN NULL;
    END IF;
    WHILE day IS NOT NULL LOOP
        FOREACH hour IN ARRAY cron.hours LOOP
            FOREACH minute IN ARRAY cron.minutes LOOP
                candidate := day + make_time(hour, minute, 0);
                CONTINUE WHEN candidate <= wall;
                moment := first_moment(candidate, zone);
                -- not so for a time that comes again while the clocks repeat themselves
                IF moment > after THEN
                    RETURN moment;
                END IF;
            END LOOP;
        END LOOP;
        day := next_cron_day(day + 1, cron.days, cron.months, cron.weekdays, cron.either_day);
    END LOOP;
    RETURN NULL;
END $$;

-- Up to max_ticks ticks after `since` and not after `until`, the earliest.
CREATE OR REPLACE FUNCTION cron_ticks(
    expression text, zone text, since timestamptz, until timestamptz, max_ticks integer
) RETURNS timestamptz[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    ticks timestamptz[] := '{}';
    tick timestamptz := since;
BEGIN
    WHILE cardinality(ticks) < max_ticks LOOP
        tick := cron_next(expression, zone, tick);
        EXIT WHEN tick IS NULL OR tick > until;
        ticks := ticks || tick;
    END LOOP;
    RETURN ticks;
END $$;

-- The latest max_ticks of them, earliest first, without walking all: halves the time until between one and two times as many are left.
CREATE OR REPLACE FUNCTION latest_cron_ticks(
    expression text, zone text, since timestamptz, until timestamptz, max_ticks integer
) RETURNS timestamptz[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    -- after `many` there are more than wanted, after `few` too few
    many timestamptz := since;
    few timestamptz := until;
    middle timestamptz := since;
    ticks timestamptz[];
BEGIN
    LOOP
        ticks := cron_ticks(expression, zone, middle, until, 2 * max_ticks + 1);
        IF cardinality(ticks) <= 2 * max_ticks
            AND (cardinality(ticks) >= max_ticks OR middle = since)
        THEN
            RETURN ticks[greatest(cardinality(ticks) - max_ticks, 0) + 1:];
        ELSIF cardinality(ticks) > 2 * max_ticks THEN
            many := middle;
        ELSE
            few := middle;
        END IF;
        middle := many + (few - many) / 2;
    END LOOP;
END $$;

-- Schedules ----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS schedules (
    id             bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name           text        NOT NULL,
    cron           text        NOT NULL,
    time_zone      text        NOT NULL DEFAULT 'UTC',
    kind           text        NOT NULL,
    queue          text        NOT NULL DEFAULT 'default',
    payload        jsonb       NOT NULL DEFAULT '{}',
    user_id        text,
    agent_id       uuid,
    priority       smallint    NOT NULL DEFAULT 0,
    max_attempts   integer     NOT NULL DEFAULT 3,
    timeout_s      integer,
    -- of ticks that nobody was there for: none, the latest, or all up to catch_up_limit, the latest
    catch_up       text        NOT NULL DEFAULT 'one',
    catch_up_limit integer     NOT NULL DEFAULT 100,
    -- how late a tick may be found and not count as missed
    grace_s        integer     NOT NULL DEFAULT 300,
    paused         boolean     NOT NULL DEFAULT false,
    -- follows the schedule columns of its row in agents
    follows_agent  boolean     NOT NULL DEFAULT false,
    -- what agents.next_run was when it was last looked at or written
    agent_next_run timestamptz,
    -- NULL: never again, paused, or at fault
    next_at        timestamptz,
    last_tick      timestamptz,
    last_job_id    bigint,
    -- why the last tick could not be enqueued
    last_error     text,
    -- why it has no next tick
    fault          text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "a schedule at fault has no next tick" CHECK (fault IS NULL OR next_at IS NULL),
    CONSTRAINT "schedules.name is taken" UNIQUE (name),
    CONSTRAINT "schedules.name must be 1 to 200 characters" CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT "schedules.cron must be at most 1000 characters" CHECK (length(cron) <= 1000),
    CONSTRAINT "schedules.catch_up must be skip, one or all" CHECK (
        catch_up IN ('skip', 'one', 'all')),
    CONSTRAINT "schedules.catch_up_limit must be 1 to 1000" CHECK (
        catch_up_limit BETWEEN 1 AND 1000),
    CONSTRAINT "schedules.grace_s must be 0 to 86400" CHECK (grace_s BETWEEN 0 AND 86400),
    -- Those of jobs, so that a schedule is refused and not its every tick.
    CONSTRAINT "schedules.payload must be a JSON object" CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT "schedules.priority must be 0 (first) to 9" CHECK (priority BETWEEN 0 AND 9),
    CONSTRAINT "schedules.max_attempts must be 1 to 100" CHECK (max_attempts BETWEEN 1 AND 100),
    CONSTRAINT "schedules.timeout_s must be 1 to 86400" CHECK (timeout_s BETWEEN 1 AND 86400),
    CONSTRAINT "schedules.kind and schedules.queue must be 1 to 100 characters" CHECK (
        length(kind) BETWEEN 1 AND 100 AND length(queue) BETWEEN 1 AND 100),
    CONSTRAINT "agent schedules need schedules.agent_id" CHECK (
        kind NOT IN ('agentkit', 'orchestrator') OR agent_id IS NOT NULL),
    CONSTRAINT "agent schedules need a UUID schedules.user_id" CHECK (
        kind NOT IN ('agentkit', 'orchestrator') OR follows_agent
        OR coalesce(
            user_id ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$', false)),
    CONSTRAINT "generation schedules need a text in payload.prompt" CHECK (
        kind <> 'generation' OR coalesce(jsonb_typeof(payload -> 'prompt') = 'string', false))
) WITH (fillfactor = 70);

CREATE INDEX IF NOT EXISTS schedules_due ON schedules (next_at) WHERE NOT paused;

-- Agents whose schedule columns an application changed; append-only until a worker has looked, so that no application waits for a worker.
CREATE TABLE IF NOT EXISTS agent_schedule_changes (
    id       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    agent_id uuid NOT NULL
);

-- Checks a schedule and sets its next tick; resuming goes on from now. What follows an agent is never refused: its fault is kept and shown.
CREATE OR REPLACE FUNCTION prepare_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    zone text;
    fault text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.cron, NEW.time_zone, NEW.paused, NEW.fault)
            IS NOT DISTINCT FROM (OLD.cron, OLD.time_zone, OLD.paused, OLD.fault)
        THEN
            RETURN NEW;
        ELSIF NEW.next_at IS NOT DISTINCT FROM OLD.next_at THEN
            NEW.next_at := NULL;
        END IF;
    END IF;
    zone := known_time_zone(NEW.time_zone);
    fault := coalesce(
        'schedules.cron "' || NEW.cron || '": ' || (SELECT p.fault FROM parse_cron(NEW.cron) AS p),
        CASE WHEN zone IS NULL THEN
            format('schedules.time_zone "%s" is not the name of a time zone', NEW.time_zone) END);
    IF fault IS NULL THEN
        NEW.time_zone := zone;
        IF NOT NEW.paused THEN
            NEW.next_at := coalesce(NEW.next_at, cron_next(NEW.cron, zone, clock_timestamp()));
            fault := CASE WHEN NEW.next_at IS NULL THEN
                format('schedules.cron "%s": never comes due', NEW.cron) END;
        END IF;
    END IF;
    IF fault IS NOT NULL AND NOT NEW.follows_agent THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = '22023', HINT = CASE
            WHEN fault LIKE 'schedules.time_zone%' THEN
                'Names are those of pg_timezone_names, such as Europe/Berlin or UTC.'
            ELSE 'Such as 30 9 * * MON-FRI: minute, hour, day of month, month, day of week.' END;
    END IF;
    NEW.fault := fault;
    IF fault IS NOT NULL OR NEW.paused THEN
        NEW.next_at := NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER schedules_prepare
    BEFORE INSERT OR UPDATE OF cron, time_zone, paused, fault ON schedules
    FOR EACH ROW EXECUTE FUNCTION prepare_schedule();

-- Workers sleep until the next tick they know of.
CREATE OR REPLACE FUNCTION wake_tickers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('agent_worker_schedules', '');
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER schedules_wake AFTER INSERT OR UPDATE OF cron, time_zone, paused ON schedules
    FOR EACH STATEMENT EXECUTE FUNCTION wake_tickers();

-- Agents' own schedules ----------------------------------------------------------------------------

-- SECURITY DEFINER: whoever may change agents need not be allowed to write our tables.
CREATE OR REPLACE FUNCTION note_agent_schedule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO agent_schedule_changes (agent_id)
    VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
    PERFORM pg_notify('agent_worker_schedules', '');
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER agents_schedule_inserted AFTER INSERT ON agents
    FOR EACH ROW WHEN (NEW.mode::text = 'scheduled' AND NEW.schedule_enabled)
    EXECUTE FUNCTION note_agent_schedule();
CREATE OR REPLACE TRIGGER agents_schedule_deleted AFTER DELETE ON agents
    FOR EACH ROW WHEN (OLD.mode::text = 'scheduled')
    EXECUTE FUNCTION note_agent_schedule();
-- A tick writes next_run and last_run itself, and says so.
CREATE OR REPLACE TRIGGER agents_schedule_updated
    AFTER UPDATE OF mode, status, schedule_cron, timezone, schedule_enabled, next_run, user_id, deleted_at
    ON agents
    FOR EACH ROW WHEN (
        (OLD.mode, OLD.status, OLD.schedule_cron, OLD.timezone, OLD.schedule_enabled, OLD.next_run,
            OLD.user_id, OLD.deleted_at)
        IS DISTINCT FROM
        (NEW.mode, NEW.status, NEW.schedule_cron, NEW.timezone, NEW.schedule_enabled, NEW.next_run,
            NEW.user_id, NEW.deleted_at)
        AND (OLD.mode::text = 'scheduled' OR NEW.mode::text = 'scheduled')
        AND current_setting('agent_worker.ticking', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_agent_schedule();

-- Brings the schedules of up to max_changes changed agents in line with their rows. One worker at a time: two could overtake each other and
-- leave an older state. An agent is scheduled while mode is scheduled, status active, schedule_enabled set and deleted_at not. A next_run that
-- the application sets, in the future or just now, is the next tick, whatever cron says; then cron goes on. Answers how many changes are left
-- unread, at most one batch.
CREATE OR REPLACE FUNCTION sync_agent_schedules(max_changes integer DEFAULT 200) RETURNS bigint
LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    changed uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM agent_schedule_changes)
        OR NOT pg_try_advisory_xact_lock(hashtextextended('agent-worker agent schedules', 0))
    THEN
        RETURN 0;
    END IF;
    WITH read AS (
        DELETE FROM agent_schedule_changes c
        WHERE c.id = ANY (ARRAY(
            SELECT first.id FROM agent_schedule_changes first ORDER BY first.id LIMIT max_changes))
        RETURNING c.agent_id
    )
    SELECT array_agg(DISTINCT r.agent_id ORDER BY r.agent_id) INTO changed FROM read r;

    DELETE FROM schedules s
    WHERE s.follows_agent AND s.agent_id = ANY (changed)
        AND NOT EXISTS (
            SELECT FROM agents a
            WHERE a.id = s.agent_id AND a.mode::text = 'scheduled' AND a.status::text = 'active'
                AND a.schedule_enabled AND a.deleted_at IS NULL);
    INSERT INTO schedules AS s (
        name, cron, time_zone, kind, user_id, agent_id, priority, follows_agent, agent_next_run,
        next_at)
    SELECT 'agent:' || a.id, left(coalesce(a.schedule_cron, ''), 1000), coalesce(a.timezone, 'UTC'),
        'agentkit', a.user_id, a.id, 5, true, a.next_run, wanted.next_at
    FROM agents a
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.next_run > clock_timestamp() - interval '5 minutes' THEN a.next_run END
            AS next_at) AS wanted
    WHERE a.id = ANY (changed) AND a.mode::text = 'scheduled' AND a.status::text = 'active'
        AND a.schedule_enabled AND a.deleted_at IS NULL
    ON CONFLICT (name) DO UPDATE SET
        cron = excluded.cron, time_zone = excluded.time_zone, user_id = excluded.user_id,
        fault = NULL, agent_next_run = excluded.agent_next_run,
        -- only one that the application wrote moves the tick
        next_at = CASE WHEN s.agent_next_run IS DISTINCT FROM excluded.agent_next_run
            THEN coalesce(excluded.next_at, s.next_at) ELSE s.next_at END;

    -- What the application sees of it; a row that somebody holds is left for the next tick.
    PERFORM set_config('agent_worker.ticking', 'on', true);
    WITH shown AS (
        UPDATE agents a SET next_run = s.next_at
        FROM schedules s
        WHERE s.follows_agent AND s.agent_id = a.id AND a.next_run IS DISTINCT FROM s.next_at
            AND a.id = ANY (ARRAY(
                SELECT held.id FROM agents held WHERE held.id = ANY (changed)
                FOR NO KEY UPDATE SKIP LOCKED))
        RETURNING a.id, a.next_run
    )
    UPDATE schedules s SET agent_next_run = shown.next_run
    FROM shown WHERE s.follows_agent AND s.agent_id = shown.id;
    PERFORM set_config('agent_worker.ticking', 'off', true);
    RETURN (SELECT count(*) FROM (SELECT FROM agent_schedule_changes LIMIT max_changes) AS unread);
END $$;

-- Ticking ------------------------------------------------------------------------------------------

-- Enqueues what is due, of at most max_schedules schedules, and moves them on, in one transaction: a tick has its job and its schedule the next
-- tick, or neither. Any number of workers call it at the same time. A tick's job has a unique_key and an execution_id made of the schedule's
-- name and the tick, so that no job is made twice of one tick, whatever became of the schedule's row or of the first job. The database's clock
-- decides; `at` is for tests. Lock order: schedules, jobs, agents.
--
-- A row per job, and per schedule that left ticks out or is at fault.
CREATE OR REPLACE FUNCTION enqueue_due_ticks(
    max_schedules integer DEFAULT 50, at timestamptz DEFAULT clock_timestamp(),
    follow_agents boolean DEFAULT true
) RETURNS TABLE (schedule text, tick timestamptz, job_id bigint, skipped boolean, fault text)
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    due schedules;
    agent agents;
    ticks timestamptz[];
    later timestamptz;
    enqueued record;
BEGIN
    IF follow_agents THEN
        PERFORM sync_agent_schedules();
    END IF;
    FOR due IN
        SELECT s.* FROM schedules s
        WHERE NOT s.paused AND s.next_at <= at AND (follow_agents OR NOT s.follows_agent)
        ORDER BY s.next_at LIMIT max_schedules
        FOR UPDATE SKIP LOCKED
    LOOP
        schedule := due.name;
        tick := NULL;
        job_id := NULL;
        fault := NULL;
        later := NULL;
        BEGIN
            IF due.follows_agent THEN
                SELECT a.* INTO agent FROM agents a
                WHERE a.id = due.agent_id AND a.mode::text = 'scheduled'
                    AND a.status::text = 'active' AND a.schedule_enabled AND a.deleted_at IS NULL;
                IF agent.id IS NULL THEN
                    DELETE FROM schedules s WHERE s.id = due.id;
                    CONTINUE;
                ELSIF agent.user_id IS NULL THEN
                    RAISE EXCEPTION 'agents.user_id is not set' USING ERRCODE = '23502';
                END IF;
                due.user_id := agent.user_id;
                due.kind := CASE WHEN jsonb_typeof(coalesce(
                        nullif(to_jsonb(agent.pilot_steps), 'null'), to_jsonb(agent.workflow_steps)))
                        = 'array'
                    AND coalesce(nullif(to_jsonb(agent.pilot_steps), 'null'),
                        to_jsonb(agent.workflow_steps)) <> '[]'
                    THEN 'orchestrator' ELSE 'agentkit' END;
            END IF;
            later := cron_next(due.cron, due.time_zone, at);
            -- The one that is due may be an application's and not cron's.
            ticks := CASE
                WHEN cron_next(due.cron, due.time_zone, due.next_at) <= at THEN
                    latest_cron_ticks(
                        due.cron, due.time_zone, due.next_at - interval '1 microsecond', at,
                        CASE due.catch_up WHEN 'all' THEN due.catch_up_limit ELSE 1 END)
                ELSE ARRAY[due.next_at] END;
            IF due.catch_up = 'skip' THEN
                ticks := ARRAY(
                    SELECT t FROM unnest(ticks) AS t
                    WHERE t >= at - make_interval(secs => due.grace_s));
            END IF;
            skipped := coalesce(ticks[1] > due.next_at, true);
            FOR enqueued IN
                INSERT INTO jobs AS j (
                    queue, kind, priority, payload, user_id, agent_id, execution_id, execution_type,
                    run_at, scheduled_at, max_attempts, timeout_s, unique_key)
                SELECT due.queue, due.kind, due.priority, due.payload, due.user_id, due.agent_id,
                    md5(key)::uuid, 'scheduled', t, t, due.max_attempts, due.timeout_s, key
                FROM unnest(ticks) AS t
                CROSS JOIN LATERAL (
                    SELECT format('schedule:%s:%s', due.name,
                        to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS key
                    OFFSET 0) AS named
                ORDER BY t
                ON CONFLICT DO NOTHING
                RETURNING j.id, j.run_at
            LOOP
                tick := enqueued.run_at;
                job_id := enqueued.id;
                RETURN NEXT;
                skipped := false;
            END LOOP;
            UPDATE schedules s SET
                next_at = later, last_tick = coalesce(enqueue_due_ticks.tick, s.last_tick),
                last_job_id = coalesce(enqueue_due_ticks.job_id, s.last_job_id), last_error = NULL,
                agent_next_run = CASE WHEN due.follows_agent THEN later END
            WHERE s.id = due.id;
            IF skipped THEN
                RETURN NEXT;
            END IF;
            IF due.follows_agent THEN
                PERFORM set_config('agent_worker.ticking', 'on', true);
                UPDATE agents a SET
                    last_run = coalesce(enqueue_due_ticks.tick, a.last_run), next_run = later
                WHERE a.id = (
                    SELECT held.id FROM agents held WHERE held.id = due.agent_id
                    FOR NO KEY UPDATE SKIP LOCKED);
                PERFORM set_config('agent_worker.ticking', 'off', true);
            END IF;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
            -- A schedule that cannot be enqueued must not keep the others; it tries again at its next tick.
            tick := due.next_at;
            job_id := NULL;
            skipped := true;
            fault := format('%s [%s]', SQLERRM, SQLSTATE);
            UPDATE schedules s SET
                next_at = coalesce(later, at + interval '1 hour'), last_error = enqueue_due_ticks.fault
            WHERE s.id = due.id;
            RETURN NEXT;
        END;
    END LOOP;
END $$;

-- How long until a ticker has something to do, in ms: 0 when something is due or unread, NULL when nothing is planned.
CREATE OR REPLACE FUNCTION next_tick_in(follow_agents boolean DEFAULT true) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    next timestamptz := (
        SELECT min(s.next_at) FROM schedules s
        WHERE NOT s.paused AND (follow_agents OR NOT s.follows_agent));
BEGIN
    IF follow_agents AND EXISTS (SELECT FROM agent_schedule_changes) THEN
        RETURN 0;
    ELSIF next IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN greatest(ceil(extract(epoch FROM next - clock_timestamp()) * 1000), 0);
END $$;

-- Once: the agents that are scheduled already.
INSERT INTO agent_schedule_changes (agent_id)
SELECT a.id FROM agents a
WHERE a.mode::text = 'scheduled' AND a.schedule_enabled
    AND NOT EXISTS (SELECT FROM agent_worker_migrations WHERE version = 15);

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'parse_cron', 'first_moment', 'checked_time_zone', 'local_tick', 'cron_next', 'cron_ticks', 'latest_cron_ticks',
                'prepare_schedule', 'note_agent_schedule', 'sync_agent_schedules',
                'enqueue_due_ticks', 'next_tick_in')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (14, '0014_schedules')
ON CONFLICT DO NOTHING;
