/* The ladder: what one side of an urgent case owes, and the rungs that ring until it answers.

   Of coordination/relay.py and coordination/services/ladder.py, alert.py, passing.py, respond.py
   and outcome.py. Each holds its row locks from the first look to the commit, so it is one atomic
   block here; a kill inside it undoes it whole. How a claimed message comes to be sent or dead is
   in lease.pml, who may answer how in answers.pml. Time is not counted: a wait is over at any
   moment. Only the messages of one round are kept. With -DNAME one safeguard is taken away. */

#define FAULTS 3
#define LAST 2                         /* rungs 0, 1 and 2 */
#define killed faults > 0 -> faults--  /* before its commit: PostgreSQL undoes all of it */

mtype:state = { unopened, running, answered };
mtype:due = { unset, later, now };
mtype:delivery = { unwritten, pending, sent, dead, cancelled };

/* The row of the obligation, its messages by rung, the events not handed on yet. */
mtype:state state = unopened;
mtype:due next_due = unset;
byte rung;
bool new_round;                        /* round rose; nothing is told in it yet */
mtype:delivery deliveries[3] = unwritten;
bool submitted = true, passed;
byte faults = FAULTS;
bool timer;                            /* in the broker, for TIMERS_IN_BROKER alone */
#ifdef TIMERS_IN_BROKER
#define is_due (state == running && next_due == now && timer)
#else
#define is_due (next_due == now)       /* a rung, or seen that lapses */
#endif

bool in_hand;                          /* accepted, planned or handed over: nothing lapses */

/* What no code sees, for the properties alone. */
bool owed = true, rang, heard, told_twice, told_after_answer, waited_on_empty, left_an_end;

inline set(what, to) {
    left_an_end = left_an_end || ((what == dead || what == cancelled) && what != to);
    what = to
}

/* outcome.cancel_open_deliveries */
inline cancel_open_deliveries() {
    for (i : 0 .. LAST) {
        if :: deliveries[i] == pending -> set(deliveries[i], cancelled) :: else fi
    }
    i = 0
}

/* ladder._tell and _write: one message a rung and round, in place of one that still waits. */
inline tell() {
    told_after_answer = told_after_answer || (state != running);
    if
    :: new_round -> for (i : 0 .. LAST) { deliveries[i] = unwritten } i = 0; new_round = false
    :: else
    fi;
    told_twice = told_twice || (deliveries[rung] != unwritten);
    set(deliveries[rung], pending)
}

/* ladder.fire: with nobody on a rung the next at once; _set_next: then the time of the next. */
inline fire() {
    do
    :: tell(); break
#ifdef EMPTY_WAITS
    :: rung < LAST -> waited_on_empty = true; break
#else
    :: rung < LAST -> rung++           /* obligation.rung_empty */
#endif
    :: rung == LAST && faults > 0 -> faults--; break
    od;
    rang = true;
#ifdef STOP_AT_LAST
    if :: rung < LAST -> rung++; next_due = later :: else -> next_due = unset fi;
#else
    if :: rung < LAST -> rung++ :: else -> new_round = true fi;
    next_due = later;
#endif
#ifdef TIMERS_IN_BROKER
    timer = true
#endif
}

/* alert._open_alert: an obligation is opened once and rings first in the same transaction. */
inline open_obligations() {
    if :: state == unopened && owed -> state = running; fire() :: else fi
}

/* owing.restart: the ladder begins anew. */
inline restart() { rung = 0; new_round = true; state = running }

/* passing._hand_to: whoever had answered passes. */
inline ask_the_next() {
    if :: state == answered -> restart(); fire() :: else fi
}

/* owing.lapse: what was seen has led to nothing. */
inline lapse() {
    if :: state == answered -> restart(); owed = true :: else fi
}

/* relay.relay: an event, its acts and its mark are one transaction. */
proctype relay() {
    byte i;
end:
    do
#ifdef MARK_EVENT_FIRST
    :: submitted -> submitted = false; if :: atomic { open_obligations() } :: atomic { killed } fi
#else
    :: atomic { submitted -> if :: open_obligations(); submitted = false :: killed fi }
#endif
    :: atomic { passed -> if :: ask_the_next(); open_obligations(); passed = false :: killed fi }
    od
}

/* ladder.climb, by a worker that may stop for good and by the dispatcher. */
proctype climb(bool is_dispatcher) {
    byte i, seen_rung, seen_new;
end:
    do
    :: !is_dispatcher -> break
#ifdef NO_LOCK
    :: atomic { is_due -> seen_rung = rung; seen_new = new_round };   /* looked first, */
        atomic { rung = seen_rung; new_round = seen_new; fire() }     /* wrote afterwards */
#else
    :: atomic { is_due -> if :: lapse(); fire() :: killed fi }
#endif
    od
}

/* A wait is over; it falls silent; the broker is emptied, with its timers. */
proctype clock() {
end:
    do
    :: next_due == later -> next_due = now
    :: rang -> rang = false
    :: atomic { timer && faults > 0 -> faults--; timer = false }
    od
}

/* ladder.pull_forward: only the latest rung pulls, and only while another follows. */
inline died(n) {
#ifndef NO_PULL
    if :: state == running && !new_round && rung == n + 1 -> next_due = now :: else fi;
#endif
    set(deliveries[n], dead)
}

/* respond.answer_owed: seen holds for a time. */
inline answer() {
    if
    :: state == running -> state = answered; cancel_open_deliveries();
#ifdef SEEN_FOR_EVER
        next_due = unset
#else
        next_due = later
#endif
    :: else
    fi
}

/* respond.accept, record_plan, hand_over_to_ed: it counts as seen, and owing.hold. */
inline take() {
    answer();
    in_hand = true;
    if :: state == answered -> next_due = unset :: else fi
}

/* deliver.record and reports.take_report: taken, refused for good, or taken and failed later.
   Below the last rung every address may be bad; on it that is a fault. */
proctype send(byte n) {
    byte i;
end:
    do
    :: atomic { deliveries[n] == pending ->
        if
        :: n < LAST -> died(n)
        :: n == LAST && faults > 0 -> faults--; died(n)
        :: heard = true; set(deliveries[n], sent);
#ifdef STOP_WHEN_SENT
            take()
#endif
        fi }
    :: atomic { deliveries[n] == sent && faults > 0 -> faults--; died(n) }
    od
}

/* Somebody has seen it, or takes the patient; may pass later and answer again; or is silent. */
proctype human() {
    byte i;
    if
    :: atomic { owed = false; answer() };
        if
        :: atomic { owed = false; take() }
        :: atomic { owed = true; passed = true };
            if :: atomic { owed = false; answer() } :: atomic { owed = false; take() } :: skip fi
        :: skip
        fi
    :: atomic { owed = false; take() };
        if :: atomic { owed = true; in_hand = false; passed = true } :: skip fi
    :: skip
    fi
}

init { atomic { run relay(); run climb(false); run climb(true); run clock(); run human();
                run send(0); run send(1); run send(2) } }

/* Whoever is owed an answer rings again: what runs has its next time. */
ltl S2 { [] (state == running -> next_due != unset) }
/* Nobody is told twice on one rung of one round. */
ltl S4 { [] !told_twice }
/* No message is written after an answer. */
ltl S5 { [] !told_after_answer }
/* A message that is dead or withdrawn stays so. */
ltl S16 { [] !left_an_end }
/* An empty rung hands over in the same transaction. */
ltl L7 { [] !waited_on_empty }
/* A message that died wakes the next rung at once. */
ltl PULL { [] !(state == running && next_due == later && !new_round && rung > 0 &&
                deliveries[rung - 1] == dead) }
/* Somebody's telephone takes a message, or somebody has answered. */
ltl L1 { <> (heard || !owed) }
/* What was seen and leads to nothing is owed anew. */
ltl L4 { [] ((state == answered && !in_hand) -> <> (in_hand || state == running)) }
/* Whoever falls silent while somebody is owed an answer rings again, for ever. */
ltl L2 { [] ((owed && !rang) -> <> (rang || !owed)) }
