extension TCP {
    /// Where the sender is in repairing losses (RFC 6582, RFC 6675, RFC 8985).
    struct RecoveryState: Sendable, BitwiseCopyable {
        enum Phase: UInt8, Sendable, BitwiseCopyable {
            /// Nothing is known to be lost.
            case open
            /// Fast recovery, until `point` is acknowledged.
            case fast
            /// After a timeout, until `point` is acknowledged.
            case timeout
            /// Segments were lost for another reason than too much traffic: the path's MTU
            /// has become smaller, or a window had been closed. As `fast`, but the congestion
            /// window stays.
            case quiet
        }

        /// RecoveryPoint, `recover`: SND.NXT when the loss was found.
        var point: SequenceNumber
        /// Numbers before it that have not arrived are lost.
        var lossEdge: SequenceNumber
        /// HighRxt: what is before it was sent again.
        var retransmitted: SequenceNumber
        /// TLP.end_seq
        var probeEnd: SequenceNumber
        /// SND.NXT when the first missing segment was sent again, to find that it was lost again.
        var retransmittedAt: SequenceNumber
        /// cwnd and ssthresh before the loss, and TSval of the first retransmission (RFC 3522).
        var undoWindow: UInt32 = 0
        var undoThreshold: UInt32 = 0
        var undoTimestamp: UInt32 = 0
        /// Segments that were sent again.
        var total: UInt32 = 0
        /// Acknowledgments in a row of the same number (RFC 5681, 2).
        var duplicates: UInt16 = 0
        var phase = Phase.open
        /// The rescue retransmission was made (RFC 6675, 4, NextSeg, 4).
        var isRescued = false
        /// `probeEnd` counts: the last probe, of RFC 8985, 7, is not acknowledged.
        var isProbed = false
        /// The probe was sent before (TLP.is_retrans).
        var probeWasOld = false
        /// `undo*` count.
        var canUndo = false
        /// `undoTimestamp` counts: of the first retransmission.
        var undoIsTimed = false

        init(initial: SequenceNumber) {
            point = initial
            lossEdge = initial
            retransmitted = initial
            probeEnd = initial
            retransmittedAt = initial
        }
    }
}
