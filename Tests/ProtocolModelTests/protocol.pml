/* The lease protocol of the queue (migrations 0003-0007, Sources/Jobs, Sources/Worker), for Spin.
 *
 * One job, two slots that run it, their maintenance, an operator, somebody who answers its wait, and time. Every transaction of the
 * database is one indivisible step; a rescue is several, because its snapshot is older than the rows it locks. A pause of a process
 * (SIGSTOP, a slow disk, a partition) is that it takes no step for a while; kill -9 forgets what it held and boots another identity.
 *
 * transition           performed by
 * claim                JobQueue.claim, called by Dispatcher; its answer may be lost
 * beat                 JobQueue.beat, called by LeaseKeeper
 * await_event          the SQL function, called by AttemptJournal when a run comes to a wait
 * settle_jobs          the SQL function (with settled_state, begin_waits, close_attempts, record_finished_jobs), called by Settler,
 *                      which asks again when the acknowledgement is lost
 * rescue_jobs          the SQL function (with take_back_job), called by Maintenance
 * cancel_job           the SQL function, called by an operator
 * approve_job          the SQL function; wake_waiting_jobs does the same when the time is over
 *
 * Switches, set on Spin's command line; the defaults are the protocol as it is, every other value is a weaker one:
 *   FENCE    3 settle by attempt_id; 2 by state and attempt number; 1 by state; 0 by id alone
 *   ONE_TX   1 the job's state and its records commit together; 0 one after the other
 *   RECHECK  1 rescue tests the row it has locked; 0 it takes back what it has read before
 *   SINCE    1 rescue passes over what was claimed after its statement began; 0 it does not
 *   ORPHANS  1 rescue takes back what a living worker does not know it holds; 0 only what the dead held
 *   AGE      1 only when that claim is older than a lease; 0 at once
 *   ALREADY  1 a ledger row of class crash answers lost; 0 any ledger row answers already
 *   ANSWERED 1 a wait whose answer came while the attempt ran is not begun; 0 it is
 *   REFUSE   1 a cancelled job is not made available again; 0 it is
 *   SLOW     1 a rescue may take longer than a lease, and judges by the clock what its snapshot says; 0 it is quicker
 * and the faults that are played: CRASHES, LOST_ANSWERS, CANCEL, WAIT, SHARED (both slots are of one worker), FAILOVER (once, to a
 * standby that lags behind). PROBE asks whether two slots can run the job at once. ENDS checks that every job ends.
 */
#ifndef FENCE
#define FENCE 3
#endif
#ifndef ONE_TX
#define ONE_TX 1
#endif
#ifndef RECHECK
#define RECHECK 1
#endif
#ifndef SINCE
#define SINCE 1
#endif
#ifndef ORPHANS
#define ORPHANS 1
#endif
#ifndef AGE
#define AGE 1
#endif
#ifndef ALREADY
#define ALREADY 1
#endif
#ifndef ANSWERED
#define ANSWERED 1
#endif
#ifndef REFUSE
#define REFUSE 1
#endif
#ifndef SLOW
#define SLOW 0
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOST_ANSWERS
#define LOST_ANSWERS 1
#endif
#ifndef CANCEL
#define CANCEL 1
#endif
#ifndef WAIT
#define WAIT 1
#endif
#ifndef SHARED
#define SHARED 0
#endif
#ifndef FAILOVER
#define FAILOVER 0
#endif
#ifndef PROBE
#define PROBE 0
#endif
#ifndef ENDS
#define ENDS 0
#endif

#define MAX_ATTEMPTS 2
/* attempts that may be given back by a snooze or an interrupt; a wait gives back one more for each of its two attempts */
#ifndef GIVEN_BACK
#define GIVEN_BACK 1
#endif
#define BOOTS        (2 + CRASHES)
#define IDS          (BOOTS + 1)
/* attempts that count, and those given back */
#define MINTS        (MAX_ATTEMPTS + GIVEN_BACK + 2 * WAIT + FAILOVER)
#define LEDGER       (MINTS + 1)
#define RESCUE       255

mtype = { available, running, waiting, completed, failed, cancelled };
mtype = { retry, snooze, wait };
mtype = { nothing, open, answered };
mtype = { done, already, lost };

/* What is committed. */
typedef Database {
    mtype state;
    byte attempt;
    byte attempt_id;            /* 0: NULL */
    byte worker;
    bit cancel_requested;
    mtype event;                /* the job's one wait in run_steps */
    byte rows[LEDGER];          /* job_attempts, by attempt_id */
    byte by[LEDGER];            /* who wrote the row: a boot, or RESCUE */
    bit crash[LEDGER];          /* its failure_class */
    byte ledger;                /* its rows in all */
    byte counted;               /* those whose outcome is not snooze, interrupt or wait */
    byte records                /* agent_executions, or completed generation logs, of the job */
}
Database db;
#if FAILOVER
Database standby;
bit failed_over;
#endif
bit fresh[IDS];                 /* heartbeat_at + lease >= clock_timestamp() */
bit announced[IDS];             /* has a row in workers */
bit aged;                       /* claimed_at + lease < clock_timestamp() */

/* What processes remember. */
byte boots = 2;
byte identity[2];               /* of each slot */
byte holding[2];                /* RunningJobs: the attempt each slot runs or settles; 0: none */

/* What only the checker knows. */
byte minted;                    /* the last attempt_id; random in truth, so never issued again, whatever the database forgets */
byte owner[LEDGER];
byte given_back;
bit lapsed;                     /* since the claim, the holder's lease was over for a moment */
bit answer_lost;                /* of the claim */
bit since;                      /* claimed after the rescue's statement had begun */
bit unaware;                    /* claimed after the rescuer had read what it holds */
bit ended;
mtype end_state;

#define FINAL(s) (s == completed || s == failed || s == cancelled)

#if FENCE == 3
#define HOLDS(id, number) (db.attempt_id == id)
#elif FENCE == 2
#define HOLDS(id, number) (db.state == running && db.attempt == number)
#elif FENCE == 1
#define HOLDS(id, number) (db.state == running)
#else
#define HOLDS(id, number) (true)
#endif

/* record_finished_jobs */
inline record_finished_jobs() {
    if
    :: FINAL(db.state) && db.ledger > 0 -> db.records++
    :: else -> skip
    fi
}

inline note_end() {
    if
    :: FINAL(db.state) && !ended -> ended = 1; end_state = db.state
    :: else -> skip
    fi
}

/* close_attempts: the ledger row of an attempt */
inline close_attempt(id, writer, is_crash, counts) {
    /* I3: an attempt is settled once, by its holder or by a rescue. */
    assert(db.rows[id] == 0);
    assert(writer == RESCUE || writer == owner[id]);
    db.rows[id]++;
    db.ledger++;
    if
    :: holding[0] == id || holding[1] == id -> db.by[id] = writer; db.crash[id] = is_crash
    :: else -> skip             /* nobody is left to ask */
    fi;
    if
    :: counts -> db.counted++
    :: else -> skip
    fi
}

/* Nothing asks for these of a job that does not run: fewer states. */
inline forget_claim() {
    db.worker = 0; aged = 0; lapsed = 0; answer_lost = 0; since = 0; unaware = 0
}

/* settled_state, the attempt given back, and begin_waits */
inline leave_running(outcome) {
    back = (outcome == snooze || outcome == wait) && !(db.cancel_requested && REFUSE);
    if
    :: outcome == retry || outcome == snooze || outcome == wait ->
        if
        :: db.cancel_requested && REFUSE -> db.state = cancelled
        :: else ->
            if
            :: outcome == wait && !(ANSWERED && db.event == answered) -> db.state = waiting
            :: else -> db.state = available
            fi
        fi
    :: else -> db.state = outcome
    fi;
    if
    :: back -> db.attempt--
    :: else -> skip
    fi;
    db.attempt_id = 0;
    forget_claim()
}

proctype slot(byte me) {
    byte next, id, number, settled;
    bit is_crash, back;
    mtype outcome, verdict;
#if LOST_ANSWERS
    bit asked_again;
#endif

    next = (SHARED -> 1 : me + 1);
boot:
    atomic { identity[me] = next; announced[next] = 1; fresh[next] = 1 }
end_idle:
    atomic {
        /* claim: only a worker whose heartbeat is fresh */
        db.state == available && fresh[identity[me]] && minted < MINTS ->
        minted++;
        id = minted;
        db.state = running;
        db.attempt++;
        db.attempt_id = id;
        db.worker = identity[me];
        number = db.attempt;
        owner[id] = identity[me];
        aged = 0; lapsed = 0; since = 1; unaware = 1; answer_lost = 0;
        if
        :: holding[me] = id
#if LOST_ANSWERS
        :: answer_lost = 1; id = 0; number = 0; goto end_idle
#endif
        fi
    }

    /* The run: it ends in any way, at any time. */
    atomic {
        if
        /* or failed for good, which differs in nothing here */
        :: outcome = completed
        :: outcome = (number < MAX_ATTEMPTS -> retry : failed)
        /* the self-fence stopped it: settled like a crash */
        :: outcome = (number < MAX_ATTEMPTS -> retry : failed); is_crash = 1
        /* or interrupt, which gives the attempt back alike */
        :: given_back < GIVEN_BACK -> given_back++; outcome = snooze
        :: db.cancel_requested && db.attempt_id == id -> outcome = cancelled
#if WAIT
        /* await_event: fenced, and locked against a settlement meanwhile */
        :: db.attempt_id == id && db.event != answered -> db.event = open; outcome = wait
#endif
#if CRASHES
        :: atomic { boots < BOOTS -> boots++; goto killed }
#endif
        fi
    }

settle:
#if ONE_TX
    atomic {
        if
        :: HOLDS(id, number) ->
            settled = db.attempt_id;
            leave_running(outcome);
            close_attempt(id, identity[me], is_crash, !back);
            /* I3: every claim is in the ledger */
            assert(settled == 0 || db.rows[settled] == 1);
            settled = 0;
            record_finished_jobs();
            note_end();
            verdict = done
        :: else ->
            verdict = (db.rows[id] > 0 && !(ALREADY && db.crash[id]) -> already : lost)
        fi;
        /* "already": it was me. "lost": it was not, or I had settled it as a crash. */
        assert(verdict != already || db.by[id] == identity[me]);
        assert(FAILOVER || verdict != lost || db.by[id] != identity[me] || is_crash)
    }
#else
    atomic {
        if
        :: HOLDS(id, number) -> leave_running(outcome); note_end(); verdict = done
        :: else -> verdict = lost; goto forget
        fi
    }
#if CRASHES
    if
    :: atomic { boots < BOOTS -> boots++; goto killed }
    :: skip
    fi;
#endif
    d_step { close_attempt(id, identity[me], is_crash, !back); record_finished_jobs() }
#endif
#if LOST_ANSWERS
    if
    :: skip
    :: !asked_again -> asked_again = 1; goto settle
#if CRASHES
    :: atomic { boots < BOOTS -> boots++; goto killed }
#endif
    fi;
#endif
forget:
    atomic {
        db.by[id] = 0; db.crash[id] = 0; owner[id] = 0;
        holding[me] = 0; id = 0; number = 0; is_crash = 0; back = 0; outcome = 0; verdict = 0;
#if LOST_ANSWERS
        asked_again = 0
#endif
    }
    goto end_idle;
killed:
    atomic {
        /* kill -9: what it held is forgotten, and it comes back as another */
        db.by[id] = 0; db.crash[id] = 0; owner[id] = 0;
        holding[me] = 0; identity[me] = 0; next = boots;
        id = 0; number = 0; is_crash = 0; back = 0; outcome = 0; verdict = 0;
#if LOST_ANSWERS
        asked_again = 0
#endif
    }
    goto boot
}

/* The heartbeats, and the database's clock. */
proctype keeper(byte me) {
end_beat:
    do
    :: d_step { identity[me] != 0 && !fresh[identity[me]] -> fresh[identity[me]] = 1 }
    od
}

#if ENDS
/* Every job ends only if a worker that lives is paused now and then, not always. */
byte pauses;
#define PAUSED(i) (pauses < 2 || (identity[0] != i && identity[1] != i))
#define NOTE_PAUSE(i) if :: identity[0] == i || identity[1] == i -> pauses++ :: else -> skip fi
#else
#define PAUSED(i) true
#define NOTE_PAUSE(i) skip
#endif
#define LAPSE(i) \
    d_step { fresh[i] && PAUSED(i) -> fresh[i] = 0; NOTE_PAUSE(i); \
        if :: db.state == running && db.worker == i -> lapsed = 1 :: else -> skip fi }

proctype clock() {
end_clock:
    do
    :: LAPSE(1)
    :: LAPSE(2)
#if BOOTS > 2
    :: LAPSE(3)
#endif
    od
}

/* The same clock: a process of its own, for fairness must not let a claim stay young for ever. */
proctype aging() {
end_aging:
    do
    /* A rescue's request is not under way for longer than a lease, unless SLOW. */
    :: d_step { db.state == running && !aged && (SLOW || !unaware) -> aged = 1 }
    od
}

#define ALIVE(i) (snapshot[i])
/* The holder lives and beats, but does not know the attempt. */
#define ORPHAN (ORPHANS && db.worker == rescuer && db.attempt_id != held0 && db.attempt_id != held1 && (!AGE || aged))
#define DEAD (!ALIVE(db.worker) || ORPHAN)

#if BOOTS > 2
#define EACH_SNAPSHOT(value) snapshot[1] = value(1); snapshot[2] = value(2); snapshot[3] = value(3)
#else
#define EACH_SNAPSHOT(value) snapshot[1] = value(1); snapshot[2] = value(2)
#endif
#define BEATS(i) (announced[i] && fresh[i])
#define NOBODY(i) 0

inline rescue_over() {
    EACH_SNAPSHOT(NOBODY);
    rescuer = 0; held0 = 0; held1 = 0; found = 0
}

proctype maintenance() {
    byte rescuer, held0, held1;
    bit snapshot[IDS];
    bit found, turn;

end_sleep:
    atomic {
        /* running.held, of the worker that rescues: they take turns, so that each comes to it */
        identity[0] != 0 || identity[1] != 0 ->
        turn = 1 - turn;
        rescuer = (identity[turn] != 0 -> identity[turn] : identity[1 - turn]);
        held0 = (identity[0] == rescuer -> holding[0] : 0);
        held1 = (identity[1] == rescuer -> holding[1] : 0);
        unaware = 0
    }
    atomic {
        /* The statement begins: its snapshot of workers, and the jobs it finds. */
        EACH_SNAPSHOT(BEATS);
        since = 0;
        found = (db.state == running && DEAD);
        if
        :: found || SLOW -> skip
        :: else -> rescue_over(); goto end_sleep
        fi
    }
#if SLOW
    atomic {
        /* heartbeat_at of the snapshot against the clock of now */
        if
        :: snapshot[1] = 0
        :: snapshot[2] = 0
        fi;
        found = (found || (db.state == running && DEAD))
    }
#endif
    atomic {
        /* FOR UPDATE SKIP LOCKED, the test of the locked row, take_back_job */
        if
        :: found && (!RECHECK || (db.state == running && (!SINCE || !since) && DEAD)) ->
            /* The fence guards the records; this guards the run of a worker that lives, and its money. */
            assert(FAILOVER || lapsed || answer_lost);
            if
            :: db.attempt_id != 0 -> close_attempt(db.attempt_id, RESCUE, 1, 1)
            :: else -> skip
            fi;
            if
            :: db.cancel_requested -> db.state = cancelled
            :: !db.cancel_requested && db.attempt >= MAX_ATTEMPTS -> db.state = failed
            :: else -> db.state = available
            fi;
            db.attempt_id = 0;
            forget_claim();
            record_finished_jobs();
            note_end()
        :: else -> skip
        fi;
        rescue_over()
    }
    goto end_sleep
}

#if CANCEL
proctype operator() {
    atomic {
        /* cancel_job */
        if
        :: FINAL(db.state) -> skip
        :: db.state == running -> db.cancel_requested = 1
        :: else ->
            db.cancel_requested = 1;
            db.state = cancelled;
            record_finished_jobs();
            note_end()
        fi
    }
}
#endif

#if WAIT
proctype approver() {
end_wait:
    atomic {
        /* approve_job: with the job's row locked */
        db.event == open && !FINAL(db.state) ->
        db.event = answered;
        if
        :: db.state == waiting -> db.state = available
        :: else -> skip
        fi
    }
}
#endif

#if FAILOVER
#define COPY(into, from) \
    into.state = from.state; into.attempt = from.attempt; into.attempt_id = from.attempt_id; \
    into.worker = from.worker; into.cancel_requested = from.cancel_requested; into.event = from.event; \
    into.ledger = from.ledger; into.counted = from.counted; into.records = from.records; \
    i = 0; \
    do \
    :: i < LEDGER -> into.rows[i] = from.rows[i]; into.by[i] = from.by[i]; into.crash[i] = from.crash[i]; i++ \
    :: else -> break \
    od; \
    i = 0

proctype replication() {
    byte i;
end_replication:
    do
    :: d_step { !failed_over -> COPY(standby, db) }
    :: d_step { !failed_over -> COPY(db, standby); failed_over = 1; ended = 0 } -> break
    od
}
#endif

/* The invariants, by their numbers in invariant_violations; they hold after every step. */
#define I1 ((db.state == running) == (db.attempt_id != 0))
#define I3_RUNNING (db.state != running || db.rows[db.attempt_id] == 0)
#define I3_COUNT (db.attempt == db.counted + (db.state == running))
#define I4 (!(db.state == completed || db.state == failed) || db.counted > 0)
#define I5 (db.records == (FINAL(db.state) && db.ledger > 0))
#define I8 (db.attempt <= MAX_ATTEMPTS && (db.state != waiting || db.event == open))
#define ENDED_ONCE (FAILOVER || !ended || db.state == end_state)
#define CANCELLED_STAYS (!db.cancel_requested || db.state == running || FINAL(db.state))

#if ENDS
ltl ends { <> FINAL(db.state) }
#elif PROBE
active proctype probe() {
end_probe:
    atomic { holding[0] != 0 && holding[1] != 0 -> assert(false) }
}
#else
active proctype monitor() {
end_monitor:
    atomic {
        !(I1 && I3_RUNNING && I3_COUNT && I4 && I5 && I8 && ENDED_ONCE && CANCELLED_STAYS) ->
        assert(I1);
        assert(I3_RUNNING);
        assert(I3_COUNT);
        assert(I4);
        assert(I5);
        assert(I8);
        assert(ENDED_ONCE);
        assert(CANCELLED_STAYS)
    }
}
#endif

init {
    atomic {
        db.state = available;
        db.event = nothing;
#if FAILOVER
        standby.state = available;
        standby.event = nothing;
#endif
        run slot(0);
        run slot(1);
        run keeper(0);
        run keeper(1);
        run clock();
        run aging();
        run maintenance();
#if CANCEL
        run operator();
#endif
#if WAIT
        run approver();
#endif
#if FAILOVER
        run replication();
#endif
    }
}
