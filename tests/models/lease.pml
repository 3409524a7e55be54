/* The lease: one message, two workers and a dispatcher that send it, and what breaks on the way.

   Of coordination/services/deliver.py (claim, send, record), reports.py (take_report) and
   outcome.py (cancel_open_deliveries). What PostgreSQL makes one step, by a row lock or by one
   statement, is one atomic block here; between any two of them a process may die.

   Time is not counted: a lease may run out at any moment, what waits may be due at any moment.
   With -DNAME one safeguard is taken away; verify.py says which property must then be lost. */

#define FAULTS 3           /* so many things go wrong: kills, hangs, outages, lost answers */
#define CRASHES 3          /* CRASHES_BEFORE_DEAD */
#define REPORTS 2

mtype:state = { pending, leased, sent, delivered, dead, cancelled };
mtype:receipt = { took, retry, refused };

/* The row of the delivery, and its attempts. A token is a number here: the number of the claim. */
mtype:state state = pending;
byte token, claims;
bool expired;              /* due_at of what is leased has passed */
byte attempts, unfinished; /* rows of delivery_attempt; those without finished_at */

/* What the far end has, and what still may go wrong. */
byte taken, sends;
byte faults = FAULTS;

/* What no code sees, for the properties alone. */
byte holder;               /* the living process that claimed last, plus one */
bool withdrawn, sent_after_withdrawal, stranger_wrote, left_an_end;

#define open_ (state == pending || state == leased)
#define ended (state == delivered || state == dead || state == cancelled)
#define killed faults > 0 -> faults--
#ifdef NO_SWEEP
#define claimable (state == pending)
#else
#define claimable (state == pending || (state == leased && expired))
#endif

inline change(to) {
    left_an_end = left_an_end || (ended && state != to);
    state = to;
    token = (to == leased -> token : 0)
}

/* deliver.claim: the row under FOR UPDATE SKIP LOCKED, the lease, the token, the attempt. */
inline lease() {
    stranger_wrote = stranger_wrote || (state == leased && !expired);
    is_late = withdrawn;
    is_spoiled = (unfinished >= CRASHES);
    change(leased);
    claims++;
    token = claims;
    mine = token;
    expired = false;
#ifndef COUNT_AFTERWARDS
    attempts++;
#endif
    unfinished++;
    holder = _pid + 1
}

/* deliver.record: what _sent, _put_back and _dead write WHERE the token still holds the lease. */
inline record() {
#ifdef COUNT_AFTERWARDS
    attempts++;
#endif
    unfinished--;
    if
#ifdef NO_TOKEN
    :: state == leased ->
#else
    :: state == leased && token == mine ->
#endif
        stranger_wrote = stranger_wrote || (token != mine);
        change((answer == took -> sent : (answer == retry -> pending : dead)))
    :: else                            /* the lease was lost: nothing is written */
    fi
}

/* deliver.send: outside any transaction. */
inline send() {
    if
    :: is_spoiled -> answer = refused
    :: !is_spoiled ->
        sends++;
        sent_after_withdrawal = sent_after_withdrawal || is_late;
        if
        :: taken++; answer = took
        :: faults > 0 -> faults--; taken++; answer = retry   /* it took it; its answer was lost */
        :: faults > 0 -> faults--; answer = retry            /* down, slow, or busy */
        :: answer = refused
        fi
    fi
}

/* A process lets go of what it had in hand: it recorded it, or it was killed. */
inline let_go() {
    holder = (holder == _pid + 1 -> 0 : holder);
    mine = 0; answer = 0; is_late = false; is_spoiled = false
}

/* engine.turn of one process. Workers wait for a bell that may never come: they may stop for good.
   The dispatcher looks by itself, and is started again when it dies. */
proctype engine(bool is_dispatcher) {
    byte mine;
    mtype:receipt answer;
    bool is_late, is_spoiled;
end:
    do
    :: !is_dispatcher -> break
#ifdef NO_LOCK
    :: claimable ->                    /* looked first, wrote afterwards */
        atomic { lease() };
#else
    :: atomic { claimable -> lease() };
#endif
        if
        :: atomic { killed -> let_go() }
#ifdef MARK_FIRST
        :: atomic { answer = took; record() };
            if :: atomic { killed -> let_go() } :: atomic { send(); let_go() } fi
#else
        :: atomic { send() };
            if :: atomic { killed -> let_go() } :: atomic { record(); let_go() } fi
#endif
        fi
    od
}

/* A lease runs out: always if its holder is dead; if its holder only hangs, that is a fault. */
proctype clock() {
end:
    do
    :: atomic { state == leased && !expired && holder == 0 -> expired = true }
    :: atomic { state == leased && !expired && holder != 0 && faults > 0 ->
        faults--; expired = true }
    od
}

/* reports.take_report: arrived or failed, late, also of a try whose answer was lost. (A failure of
   another try than the recorded one changes nothing, by _is_of_this_try: as if it never came.) */
#define on_its_way ((open_ || state == sent) && attempts > 0)

proctype provider() {
    byte reports = REPORTS;
    bool was_on_its_way;
end:
    do
    :: atomic { taken > 0 && reports > 0 -> reports--;
#ifdef REPORT_UNLOCKED
                was_on_its_way = on_its_way }; /* looked first, wrote afterwards */
        atomic {
#else
                was_on_its_way = on_its_way;
#endif
                if
                :: was_on_its_way -> change(delivered)
                :: was_on_its_way -> change(dead)
                :: else
                fi;
                was_on_its_way = false }
    od
}

/* respond._answer: a human answers, or never does; outcome.cancel_open_deliveries. */
proctype human() {
    if
    :: atomic { withdrawn = true; if :: open_ -> change(cancelled) :: else fi }
    :: skip
    fi
}

init { atomic { run engine(false); run engine(false); run engine(true);
                run clock(); run provider(); run human() } }

/* What is marked as sent was taken by the far end. */
ltl S3 { [] ((state == sent || state == delivered) -> taken > 0) }
/* Only who holds the present token changes a leased row; a lease is not taken before its end. */
ltl S6 { [] !stranger_wrote }
/* An attempt is on record before each send. */
ltl S11 { [] (sends <= attempts) }
/* Delivered, dead and withdrawn are ends. */
ltl S16 { [] !left_an_end }
/* What was withdrawn is not sent by a claim made afterwards. */
ltl S18 { [] !sent_after_withdrawal }
/* Each fault costs at most one message more. */
ltl ONCE { [] (taken <= 1 + FAULTS - faults) }
/* It reaches the far end, or is given up in sight of all, or a human answered. */
ltl L1 { <> (taken > 0 || state == dead || state == cancelled) }
/* The lease of a dead process is taken over. */
ltl L5 { [] ((state == leased && holder == 0) -> <> !(state == leased && holder == 0)) }
