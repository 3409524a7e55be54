/* The answers: two spine practices and an emergency department that may all answer one urgent case.

   Of referrals/services/respond.py (acknowledge, accept, pass_on), coordination/services/respond.py
   (_answer, hand_over_to_ed), passing.py (ask_the_next), alert.py (open_obligations) and ladder.py
   (climb). Each locks the referral before it looks at anything, so it is one atomic block here.
   The ladder is one rung that repeats: its rungs are in ladder.pml.

   With -DNAME one safeguard is taken away; verify.py says what must be lost. */

#define FAULTS 2
#define NOBODY 2                       /* the practices are 0, whom the sender named, and 1 */
#define killed faults > 0 -> faults--  /* before its commit: PostgreSQL undoes all of it */

mtype:state = { unopened, running, answered, closed };
mtype:answer = { silent, accepted, passed };

/* The row of the obligation of the spine side, and the events not handed on yet. */
mtype:state state = unopened;
byte owner;                            /* obligation.practice */
bool is_due, call_waits;               /* next_due_at has come; a delivery is pending */
bool submitted = true;
byte passes;
byte faults = FAULTS;

/* The referral and its asks. */
bool acknowledged, handed_over;        /* spine_acknowledged_at, handed_over_at */
bool asked1;                           /* practice 1 was asked; practice 0 is from the start */
mtype:answer answers[2] = silent;
byte taker = NOBODY;                   /* who accepted and has the patient still */

/* What no code sees, for the properties alone. */
bool rang, told_after_answer, was_closed;

#define undecided (taker == NOBODY)
#define owed (!acknowledged && !handed_over)
#define is_asked(me) ((me == 0 || asked1) && answers[me] == silent && undecided)
#define may_answer(me) (is_asked(me) || taker == me)
#define still_asked \
    (answers[0] == silent -> 0 : (asked1 && answers[1] == silent -> 1 : NOBODY))

/* ladder.fire: rings whoever is to be rung, on the last rung another practice too. */
inline fire() {
    told_after_answer = told_after_answer || (state != running);
    rang = true; call_waits = true; is_due = false;
    if
    :: undecided -> asked1 = true      /* Recipient.ALTERNATE */
    :: skip
    fi
}

/* alert._is_met: what was answered before the alert opened is not owed. */
inline open_obligations() {
    if
    :: state == unopened && !acknowledged -> state = running; owner = still_asked; fire()
    :: else
    fi
}

/* passing.ask_the_next, _withdrawn, _hand_to */
#ifdef WAKE_THE_CLOSED
#define still_owed (state != unopened)
#define may_ring undecided
#else
#define still_owed (state == running || state == answered)
#define may_ring (undecided && !handed_over)
#endif
#ifdef FORGET_ALTERNATES
#define withdrawn false
#else
#define withdrawn (state == answered && !acknowledged)
#endif

inline ask_the_next() {
    if
    :: may_ring ->
        next = (!asked1 -> 1 : still_asked);
        asked1 = true;
        if
        :: still_owed && (owner != next || withdrawn) ->
            call_waits = false; owner = next; state = running; fire()
        :: else
        fi
    :: else
    fi
}

/* relay.relay: the acts of an event and its mark are one transaction; of two events the later may
   be handed on first. */
proctype relay() {
    byte next;
end:
    do
    :: atomic { submitted -> if :: open_obligations(); submitted = false :: killed fi }
    :: atomic { passes > 0 ->
        if :: ask_the_next(); open_obligations(); passes-- :: killed fi;
        next = 0 }
    od
}

/* ladder.climb, by a worker that may stop for good and by the dispatcher. */
proctype climb(bool is_dispatcher) {
end:
    do
    :: !is_dispatcher -> break
#ifdef NO_LOCK
    :: state == running && is_due ->   /* looked first, wrote afterwards */
        atomic { fire() }
#else
    :: atomic { state == running && is_due -> if :: fire() :: killed fi }
#endif
    od
}

proctype clock() {
end:
    do
    :: state == running && !is_due -> is_due = true
    :: rang -> rang = false            /* it falls silent again */
    :: call_waits -> call_waits = false
    od
}

/* respond._answer: the obligation is met, the calls that wait are withdrawn. */
inline answer(how) {
    if
    :: state == running -> state = how; is_due = false; call_waits = false
    :: else
    fi
}

/* One practice: sees it, takes it, cannot, in any order; or is silent for ever. */
proctype practice(byte me) {
    do
    :: atomic { may_answer(me) && !acknowledged -> acknowledged = true; answer(answered) }
#ifdef NO_LOCK
    :: is_asked(me) ->                 /* looked first, wrote afterwards */
        atomic { answers[me] = accepted; taker = me; acknowledged = true; answer(answered) }
#else
    :: atomic { is_asked(me) ->
        answers[me] = accepted; taker = me; acknowledged = true; answer(answered) }
#endif
    :: atomic { may_answer(me) -> answers[me] = passed; passes++; acknowledged = false;
        taker = (taker == me -> NOBODY : taker) }
    :: break
    od
}

/* respond.hand_over_to_ed and _release_the_surgeon; or it never comes to that. */
proctype emergency_department() {
    if
    :: atomic { handed_over = true; answer(closed); was_closed = (state == closed) }
    :: skip
    fi
}

init { atomic { run relay(); run climb(false); run climb(true); run clock();
                run practice(0); run practice(1); run emergency_department() } }

/* No message is written after an answer. */
ltl S5 { [] !told_after_answer }
/* Two practices never both take the patient. */
ltl S7 { [] !(answers[0] == accepted && answers[1] == accepted) }
/* After an answer nothing waits to be sent. */
ltl S18 { [] !(call_waits && (state == answered || state == closed)) }
/* What an emergency department took over is not rung for again. */
ltl S16 { [] (was_closed -> state == closed) }
/* Whoever falls silent while somebody is owed an answer rings again, for ever. */
ltl L2 { [] ((owed && !rang) -> <> (rang || !owed)) }
