extension TCP {
    /// Constants, each with its reason.
    public enum Limits {
        /// RFC 9293, 3.7.1: what a peer takes that says nothing (MUST-15), for IPv4 and for IPv6.
        public static var defaultSegmentSizeV4: UInt16 { 536 }
        public static var defaultSegmentSizeV6: UInt16 { 1220 }
        /// The least segment that a peer or a path can make us send: with less the
        /// headers were most of the traffic (and an attack: CVE-2019-11479).
        public static var leastSegmentSize: UInt16 { 48 }
        /// RFC 7323, 2.3.
        public static var greatestWindowScale: UInt8 { 14 }
        /// RFC 7323, 2.2: the greatest window that can be offered is below 2^30.
        public static var greatestBuffer: UInt32 { 65_535 << 14 }
        /// What a receive buffer has at least, so that a window is never always zero.
        public static var leastBuffer: UInt32 { 256 }

        /// RFC 6298, 2.1, and after a lost SYN, 5.7.
        static var initialTimeout: UInt32 { 1_000_000 }
        static var timeoutAfterLostSyn: UInt32 { 3_000_000 }
        /// In microseconds. RFC 6298, 2.4, says a second, for clocks of half a second and
        /// peers that delay an ACK as long; both have gone, and a timeout that was too
        /// early is noticed and undone (RFC 3522, RFC 4015).
        static var leastTimeout: UInt32 { 200_000 }
        /// RFC 6298, 2.5: at least 60 s.
        static var greatestTimeout: UInt32 { 120_000_000 }
        /// Of a zero window's probes: RFC 9293, 3.8.6.1, has them grow exponentially.
        static var greatestProbeInterval: UInt32 { 60_000_000 }

        /// RFC 9293, 3.8.6.3: less than half a second.
        static var acknowledgmentDelay: Interval { .milliseconds(40) }
        /// RFC 8985, 7.2: for how long a peer may delay an ACK.
        static var greatestAcknowledgmentDelay: Interval { .milliseconds(200) }
        /// How long text waits for more of it that a device is to cut: some times what a
        /// write takes, and less than what an answer does.
        static var coalescing: Interval { .microseconds(500) }
        /// RFC 9293, 3.8.6.2.1: 0.1 to 1 s.
        static var windowOverride: Interval { .milliseconds(200) }

        /// Twice the lifetime of a segment, of which RFC 9293, 3.4.2, says that 2 minutes
        /// is an engineering choice; 30 s is what others take.
        public static var timeWait: Interval { .seconds(60) }
        /// How long a connection waits in FIN-WAIT-2 that nobody has open any more.
        static var orphanFinWait2: Interval { .seconds(60) }
        /// How long one that nobody has open is without progress: R2 of RFC 9293, 3.8.3,
        /// is at least 100 s.
        static var orphanPatience: Interval { .seconds(120) }
        /// R2 where the user has said nothing (RFC 9293, 3.8.3: at least 100 s).
        static var patience: Interval { .seconds(900) }
        /// R2 of a SYN (RFC 9293, 3.8.3: at least 3 minutes).
        static var synPatience: Interval { .seconds(180) }
        /// R1 (RFC 9293, 3.8.3: at least 3 retransmissions).
        static var suspiciousRetransmissions: UInt8 { 3 }

        /// RFC 5961, 10: challenge ACKs in each period, of one connection: a limit of all
        /// connections tells about others (CVE-2016-5696).
        static var challenges: UInt8 { 10 }
        static var challengePeriod: Interval { .seconds(5) }

        /// RFC 7323, 5.5: a timestamp that is older says nothing: 24 days.
        static var timestampSeconds: UInt32 { 24 * 86_400 }
    }
}
