/* Lease, fence and STOP of one robot, with two people, one of them staff, and a bridge between that keeps one old
 * command of each of them for as long as it likes, repeats it, or loses it.
 *
 * The epoch is left out: with the fence alone, which goes on over a restart, all holds already.
 *
 * Time is abstracted away: a hand-over completes whenever the robot stands, a lease expires at any moment, a watchdog
 * may end the motion at any moment. So what holds here holds for every timing.
 *
 * Planted bugs, one at a time: -DNO_FENCE  -DRESET_KEEPS_FENCE  -DTAKE_WHILE_MOVING  -DNO_NEUTRAL  -DSTOP_KEEPS_LEASE
 *                              -DRENEW_REVIVES  -DRESTART_UNLATCHED
 */

#define NOBODY  0
#define ANNA    1
#define STAFF   2
#define TOP     6      /* a life of the robot ends here: fences are bounded so that the state space is */

#ifdef NO_FENCE
#define FENCE_FITS(who) true
#else
#define FENCE_FITS(who) (sent_fence[who] == fence)
#endif

#ifdef NO_NEUTRAL
#define NEEDS_NO_NEUTRAL true
#else
#define NEEDS_NO_NEUTRAL false
#endif

#ifdef STOP_KEEPS_LEASE
#define STOP_ENDS_LEASE false
#else
#define STOP_ENDS_LEASE true
#endif

#ifdef RESET_KEEPS_FENCE   /* neither a STOP nor its reset makes a new fence */
#define STOP_RAISES_FENCE false
#else
#define STOP_RAISES_FENCE true
#endif

byte fence = 1;
byte holder = NOBODY;
byte heir = NOBODY;
bool latched = true;
bool prepared = false;
bool moving = false;
bool armed = false;

byte owner[7];         /* who was ever granted each fence; ghost */
byte moved_by = NOBODY;/* whose command moves it now; ghost */
bool was_reset_by_staff = false;   /* ghost */
bool fresh_neutral = false;        /* whether the present lease saw a neutral; ghost */
byte floor = 0;        /* tokens up to this fence were stopped, and are over for good; ghost */
bool restarted = false;

/* The command of each person that the network still has: the fence that it bears, and whether it is neutral. */
byte sent_fence[3];
bool sent_neutral[3];

inline end_token() {
    holder = NOBODY; heir = NOBODY; armed = false
}

inline grant(who) {
    if
    :: fence < TOP ->
        fence++;
        assert(owner[fence] == NOBODY);
        owner[fence] = who;
        holder = who; heir = NOBODY; armed = false; fresh_neutral = false
    :: else -> skip
    fi
}

inline new_fence() {
    if
    :: fence < TOP -> fence++
    :: else -> skip
    fi
}

inline latch() {
    latched = true; prepared = false; floor = fence;
    if
    :: STOP_ENDS_LEASE -> end_token()
    :: else -> skip
    fi;
    if
    :: STOP_RAISES_FENCE -> new_fence()
    :: else -> skip
    fi
}

/* Somebody says something with the token in force; from then on the network may have it for ever. */
inline say(who, neutral) {
    sent_fence[who] = fence;
    sent_neutral[who] = neutral
}

/* The robot hears the command that the network has of `who`: for the first time, or once more. */
inline hear(who) {
    if
    :: sent_fence[who] != 0 && !latched && holder == who && FENCE_FITS(who) ->
        assert(sent_fence[who] == fence);            /* a token that ended moves nothing */
        assert(sent_fence[who] > floor);             /* nobody drives on with a token from before a STOP */
        assert(owner[fence] == who);                 /* one owner a fence */
        if
        :: sent_neutral[who] -> armed = true; fresh_neutral = true; moving = false
        :: !sent_neutral[who] && (armed || NEEDS_NO_NEUTRAL) ->
            assert(fresh_neutral);                   /* motion needs a neutral of this lease */
            moving = true; moved_by = who
        :: else -> skip
        fi
    :: else -> skip
    fi
}

proctype Network() {
    do
    :: atomic { say(ANNA, true) }
    :: atomic { say(ANNA, false) }
    :: atomic { say(STAFF, true) }
    :: atomic { say(STAFF, false) }
    :: atomic { true -> hear(ANNA) }
    :: atomic { true -> hear(STAFF) }
    od
}

proctype Robot() {
    do
    :: fence >= TOP -> break                                              /* this life was long enough */
    /* requests: a free lease goes to who asks, through standstill */
    :: atomic { !latched && holder == NOBODY && heir == NOBODY -> heir = ANNA }
    :: atomic { !latched && holder == NOBODY && heir == NOBODY -> heir = STAFF }
    /* offer and accept, or staff's take */
    :: atomic { !latched && holder == ANNA ->
#ifdef TAKE_WHILE_MOVING
            grant(STAFF); assert(!moving)
#else
            holder = NOBODY; heir = STAFF; armed = false
#endif
        }
    :: atomic { !latched && holder == STAFF -> holder = NOBODY; heir = ANNA; armed = false }
    /* the robot stands: the hand-over completes */
    :: atomic { heir != NOBODY && !moving -> grant(heir); assert(!moving) }
    /* return, revocation, expiry */
    :: atomic { holder != NOBODY -> end_token(); new_fence() }
#ifdef RENEW_REVIVES
    /* a renewal that comes after the expiry gives the lease back */
    :: atomic { holder == NOBODY && heir == NOBODY && !latched && sent_fence[ANNA] == fence - 1 && owner[fence - 1] == ANNA ->
            fence = fence - 1; holder = ANNA; armed = true }
#endif
    /* without a driver the robot ramps to zero; a watchdog may end the motion at any time */
    :: atomic { moving -> moving = false; moved_by = NOBODY }
    :: atomic { moving && holder != NOBODY -> moving = false; armed = false; fresh_neutral = false }
    /* STOP, from anyone at any time */
    :: atomic { !latched -> latch() }
    /* the reset, in two steps by staff, at standstill */
    :: atomic { latched && !moving -> prepared = true }
    :: atomic { latched && prepared && !moving ->
            latched = false; prepared = false; was_reset_by_staff = true;
#ifdef RESET_KEEPS_FENCE
            if
            :: owner[fence] != NOBODY -> holder = owner[fence]
            :: else -> skip
            fi
#else
            end_token(); new_fence()
#endif
        }
    /* the motion process restarts: latched, the fence goes on */
    :: atomic { !restarted ->
            restarted = true; end_token(); new_fence(); prepared = false; moving = false; was_reset_by_staff = false;
            fresh_neutral = false;
#ifdef RESTART_UNLATCHED
            skip
#else
            latched = true
#endif
        }
    od
}

/* What must hold in every state. */
proctype Referee() {
    atomic {
        !( (holder == NOBODY || owner[fence] == holder)  /* the holder has the token in force */
        && !(latched && holder != NOBODY)                                    /* no lease while latched */
        && (latched || was_reset_by_staff)                                   /* clear only by a reset in this life */
        && !(holder != NOBODY && heir != NOBODY)                             /* one at most, and nobody in between */
        && !(holder != NOBODY && moving && moved_by != holder)               /* nobody inherits a moving robot */
        ) -> assert(false)
    }
}

init {
    atomic { run Network(); run Robot(); run Referee() }
}
