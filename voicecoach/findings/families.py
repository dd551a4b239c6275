"""Families of words that many patterns share.

A pattern in prompts/criteria names one in angle brackets: ``i want <the><job>``.
"""

FAMILIES = {
    # Work, people, dates.
    "job": (
        r"(?:jobs?|roles?|positions?|post|gig|opportunity|opening|vacancy|placement|"
        r"internship|apprenticeship|traineeship|lectureship|fellowship|project|career)"
    ),
    "place": (
        r"(?:company|team|organi[sz]ation|firm|school|department|office|studio|group|business|"
        r"charity|shop|store|clinic|practice|lab|crew|kitchen|hospital|place|workplace|branch|"
        r"agency|startup|newsroom|institution|university|council|library|museum|theatre|"
        r"faculty|staff room|staff|floor|environment|ward|site|unit|floor)"
    ),
    "aux": (
        r"(?:do|does|did|are|is|was|were|will|would|can|could|might|may|should|shall|have|has)"
    ),
    "they": (
        r"(?:you(?: guys| all| folks| both| people| lot)?|they|he|she|we|(?:the|"
        r"your) (?:\w+ )?(?:panel|board|committee|team|company|department|managers?|school|"
        r"firm|employer|recruiters?|governors|council|hr|people|boss|directors?))"
    ),
    "someone": (
        r"(?:someone|somebody|anyone|anybody|people|one|i|we|me|whoever|everyone|(?:a|an|the|"
        r"your|this|that|my) (?:\w+ ){0,3}?\w+)"
    ),
    "person": (
        r"(?:person|candidates?|applicants?|hire|colleague|employee|team member|teammate|"
        r"recruit|starter|joiner|individual|profile)"
    ),
    "weekday": r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    "date": (
        r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tonight|tomorrow|"
        r"noon|midnight|midday|lunchtime|lunch|christmas|easter|half term|new year|january|"
        r"february|march|april|june|july|august|september|october|november|december|(?:\d+|"
        r"one|two|three|four|five|six|ten|twelve|ninety|thirty|sixty) (?:working |"
        r"business )?(?:days?|weeks?|months?|o clock|pm|am|hours)|\d+ ?(?:pm|am)|(?:next|this|"
        r"last|the following) (?:week|month|weekend|morning|afternoon|evening|monday|tuesday|"
        r"wednesday|thursday|friday|saturday|sunday)|(?:the )?(?:end|close|middle|start|"
        r"beginning) of (?:the |this |next |last |that )?(?:day|week|month|business|play|year|"
        r"quarter|january|february|march|april|may|june|july|august|september|october|"
        r"november|december)|(?:the )?(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|"
        r"sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|twentieth|twenty \w+|"
        r"thirtieth|thirty first))"
    ),
    # What an answer to a doubt is made of.
    "grant": (
        r"(?:i (?:do |can |fully |quite )*(?:know|realise|realize|understand|recognise|"
        r"recognize|appreciate|admit|am aware|accept|get|see|hear|grant|acknowledge)|"
        r"you (?:are|may be) right|it is true|that is (?:true|fair|right)|true|fair (?:point|"
        r"enough)|granted|admittedly|sure|you (?:might|may) (?:think|feel|worry|wonder))"
    ),
    "lack": (
        r"(?:i (?:have|do|did|had|am|can|could) (?:not|never|only|no)|i lack|"
        r"my \w+(?: \w+){0,3} (?:is not|are not|has not|have not)|i have (?:had )?(?:no|"
        r"little|never))"
    ),
    "evidence": (
        r"(?:i (?:have |had |am |was |did |do )?(?:been |already |since |now |once |"
        r"just )*(?:led|ran|run|learned|learnt|built|managed|worked|taken|took|taught|picked|"
        r"raised|passed|completed|finished|handled|trained|studied|studying|taking|learning|"
        r"working|signed up|enrolled|booked|lined up|started|practi[sc]e|practi[sc]ed|"
        r"practi[sc]ing|spent|done|did|doing|got|grew|sold|outsold|delivered|served|"
        r"looked after|looking after|cared|volunteered|planned|joined|gave|commuting|commute|"
        r"write|supervised|outran|passed|mentored|coached|organi[sz]ed|created|developed|"
        r"designed|found|speak|read|reading|adapt|adapted|prepared|knocked|stayed|kept|won|"
        r"used|moved|set up|shipped|wrote|coordinated|supervised|earned|gained|been|speaking|"
        r"two summers|two years|nine years)|(?:at|for|in|over|during) (?:\w+ ){1,4}?(?:i|"
        r"we) (?:was|were|had|led|ran|did|have|built)|every \w+ i have|my (?:tutor|mentor|"
        r"last two|company lawyer)|it is booked)"
    ),
    # What a claim to fit is made of.
    "asset": (
        r"(?:(?:with|having|given|because of|thanks to|as a|being|between|since|because|"
        r"seeing as|considering|based on) (?:that )?(?:my|i|the|a|\w+ years|\w+|both)|"
        r"i (?:have |am |was |did |can |know |grew |never )?(?:been |got |led |run |ran |"
        r"worked |raised |delivered |done |built |managed |trained |taught |coordinated |cut |"
        r"dead |sold |spent |speaking |speak |also |already )*(?:\w+ ){0,3}?(?:years?|"
        r"experience|skills?|background|degree|diploma|licen[cs]e|certif\w+|qualified|"
        r"qualifications|contacts|good with|top|teams?|projects?|persuasive|resilient|"
        r"organi[sz]ed|reliable|languages|kitchens?|builds|quota|master|phd|award|record|"
        r"results|systems|migrations|projects|leader|drive|flustered|know|loads|stamina|"
        r"million|farm|software|times|strong|skilled|trained)|my (?:\w+ ){0,5}?(?:years?|"
        r"experience|skills?|background|degree|knowledge|record|training|diploma|decade|time|"
        r"contacts|strengths|qualifications?|career|expertise|mix|work|attention|eye|passion|"
        r"ability))"
    ),
    "fits": (
        r"(?:(?:good|great|strong|perfect|excellent|ideal|right|natural|solid|safe|"
        r"exact) (?:\w+ )?(?:fit|match|choice|person|candidate|one|addition|hire|asset)|"
        r"fits? (?:really |very )?(?:well|perfectly|the|this|what|with|your)|match(?:es)? |"
        r"well (?:suited|placed|prepared|equipped|qualified)|(?:be|am|"
        r"feel) (?:\w+ )?(?:perfect|suitable|suited|ideal|right|good in|an asset|ready|"
        r"prepared|equipped|safe with)|hit the ground|(?:exactly|precisely) (?:what|who|the|"
        r"that)|(?:i |that i |and )(?:can|could|would|will|know i could|"
        r"know what) (?:\w+ ){0,2}?(?:bring|deliver|contribute|add value|help you|do (?:it|"
        r"this|the same|really well|well)|handle|make a (?:real )?(?:difference|contribution|"
        r"success)|meet|serve|do really|it takes|be up)|serve you|tick (?:every|all|most)|"
        r"(?:this|the|that) (?:job|role|position|seat|post) (?:needs?|calls|requires)|"
        r"all that is asked|(?:you|this team) (?:need|are looking for|want)|right person|"
        r"i would (?:do|be) (?:really )?(?:well|good)|useful (?:to|for|here)|to this (?:job|"
        r"role|team|position)|let me (?:contribute|make)|makes? me|whole job|"
        r"stand me in good stead|for this (?:role|job|position|post)|why i would be good|"
        r"(?:what|those are what) (?:a|an|you|the) (?:\w+ ){0,3}?(?:needs?|lives? on|takes?))"
    ),
    # Other offers: had, held lightly, held as a lever.
    "offer": (
        r"(?:(?:other|another|an|one more|more|three|two|second|job|competing|my|their|"
        r"received|better) (?:\w+ ){0,2}?(?:offers?|interviews?|contracts?|places?|firms?|"
        r"compan\w+|schools?|galler\w+|choices|options|startups|agenc\w+|jobs|process\w*|"
        r"employers?)|offer(?:ed|ing)? (?:me|from|on|something|work)|been (?:offered|"
        r"shortlisted|approached)|(?:somebody|someone) else has|something else|"
        r"interest from elsewhere|sign(?:ing)? with|talking to other|(?:interviewing|"
        r"interviews) (?:elsewhere|with))"
    ),
    "calm": (
        r"(?:no (?:\w+ )?(?:rush|hurry|pressure|stress|worries)|not (?:\w+ ){0,3}?(?:rush|"
        r"hurry|hurried|rushed|in a hurry|wish that to)|(?:happy|glad|willing|content|can|"
        r"will|prepared) (?:to )?wait|first (?:choice|preference)|take (?:all )?(?:the|"
        r"your) time|(?:rather|prefer to|prefer) (?:be|work|join|you|to)|just so you|"
        r"so you (?:are aware|know)|(?:work|fit) (?:with|around|in with) your|only so|"
        r"transparent|full disclosure|to be (?:open|honest|transparent|upfront|equally open)|"
        r"plenty of time|no one is pressing|(?:hate|not want) (?:you|to|that)|"
        r"do not (?:let that|feel)|my (?:preference|priority) is|at the top of my list|"
        r"most interested|asked them (?:to wait|for)|let them know in|this is (?:the one|"
        r"where)|your company is)"
    ),
    "lever": (
        r"(?:(?:so|and|then) (?:\w+ ){0,4}?(?:you (?:are going to |will )?(?:have|need|better|"
        r"had better|would better|must|should) (?:to )?(?:\w+ )?(?:move|decide|hurry|act|make|"
        r"get|offer|match|beat|be quick)|you would better|hurry|up to you|"
        r"it is (?:kinda )?on you)|hurry up|make up your minds?|lose me|losing me|last chance|"
        r"clock is ticking|(?:or|then|otherwise) i (?:am (?:going|off|gone|signing|out)|"
        r"will (?:take|sign|go|accept|walk)|walk|take|sign)|i am (?:going there|signing with|"
        r"off to)|(?:unless|if you (?:do not|can not|will not)) (?:\w+ ){0,6}?(?:decide|"
        r"confirm|match|give|come back|hire|offer|hear|answer|tell|want to lose|make up)|"
        r"expires? (?:\w+ )?(?:tomorrow|today|tonight|soon|on|this|at|friday|monday)|"
        r"no choice but|better be quick|will not wait|you (?:have|had) (?:to|better) (?:move|"
        r"decide|hurry|act|make|match|beat|offer|pay|be quick)|make (?:me )?a better offer|"
        r"top it|beat it|match it|match (?:that|their)|(?:they|that|others) will take me|"
        r"take me tomorrow|by (?:tomorrow|tonight|friday|monday) or|think (?:hard|twice|"
        r"carefully) before|be quick|i need (?:your|an) (?:answer|decision)|"
        r"have until tomorrow|get your boss|decide (?:fast|now|quickly|today))"
    ),
    # Letters and visits.
    "will": (
        r"(?:i (?:will|shall|am going to|plan to|intend to|am|promise to|want to|"
        r"would like to|am about to|mean to)|let me|going to|expect|will be|i)"
    ),
    "soon": (
        r"(?:today|tonight|this (?:very )?(?:evening|afternoon|morning|day)|tomorrow\S*|"
        r"(?:within|in|inside) (?:the |a )?(?:next )?(?:day|24 hours|twenty four hours|"
        r"few hours|hour)|(?:by|in the) (?:the )?(?:morning|evening|end of (?:the |"
        r"this )?day)|later (?:on )?(?:today|this)|as soon as i(?: am| get| reach)?|"
        r"same (?:day|evening)|in the evening|right (?:after|away)|immediately|straight away|"
        r"by morning|when i (?:get|am) (?:home|back)|before (?:the last post|bed|the day|"
        r"i go to bed)|next day|first thing)"
    ),
    "contact": (
        r"(?:calls?|calling|rings?|ringing|phone|phoning|telephone|telephoning|email|emailing|"
        r"writ(?:e|ing)|text|texting|messag(?:e|ing)|ping|pinging|dm|come|coming|visit|drop|"
        r"stop by|swing|turn up|show up|ask|asking|contact|bother|bug|leave|chase|check|knock|"
        r"try|send)"
    ),
    "value": (
        r"(?:thank\w*|appreciate\w*|grateful|gratitude|mean\w* (?:so |a |the |very |"
        r"to )*(?:me|much|lot|world|great deal|everything)|honou?red|humbled|touched|"
        r"flattered|treasure|value|moved|lucky|take lightly|delighted|obliged|compliment)"
    ),
    # A doubt about oneself, as it is taken up.
    "doubt": (
        r"(?:(?:understand|see|hear) (?:the|that|this) (?:concern|worry|doubt|point|"
        r"hesitation)|you (?:\w+ ){0,4}?(?:worried|concerned|doubts?|hesitat\w+|not sure|"
        r"unsure|asked whether i|asked (?:earlier )?about my|mentioned my|flagged|wondered)|"
        r"your (?:\w+ )?(?:concern|worry|doubt)s?|lack of|(?:it is|there is) a gap|my gap|"
        r"i (?:have|do|did) (?:not|never|only)|i am (?:not|only|new)|i may (?:be|not|seem|"
        r"look|lack)|my (?:\w+ ){1,4}?(?:is|are|may|might|looks?) (?:not|mostly|only|in|from|"
        r"limited|strange|odd|short|different|look|seem)|why that (?:worries|concerns)|"
        r"(?:fair|valid|good) point|(?:that is|it is|is) (?:a )?(?:fair|right|true)|"
        r"changed jobs|overqualified|too (?:young|old|quiet|junior|senior)|on the question of|"
        r"as for my|to address (?:your|that|the)|regarding (?:my|your|the)|"
        r"find (?:\w+ ){0,4}?hard|appreciate the honesty|a problem|self employed)"
    ),
    # A later chance.
    "opening": (
        r"(?:(?:another|other|similar|new|different|future|suitable|any|"
        r"an) (?:\w+ )?(?:roles?|jobs?|positions?|openings?|vacanc\w+|opportunit\w+|places?|"
        r"posts?|reqs?)|(?:something|anything) (?:similar|else|suitable|new|opens|comes|turns|"
        r"changes|in (?:the )?future)|(?:plans|circumstances|things|"
        r"anything) (?:\w+ )?changes?|(?:one|position|role) (?:should )?comes? (?:free|up|"
        r"along)|(?:first choice|other (?:candidate|person)|they|he|she) (?:falls? through|"
        r"declines?|drops? out|backs? out|says no|does not work out)|another team|it is a no|"
        r"(?:decide|go) (?:on|with|for) (?:somebody|someone) else)"
    ),
    # A determiner, and up to two words after it.
    "the": (
        r"(?:(?:the|this|that|your|a|an|such a|such an|any|our|my|another|one|some|in|"
        r"for) (?:\w+ ){0,2}?)"
    ),
}
