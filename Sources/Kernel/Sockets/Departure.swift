import KernelNetwork
import KernelWire

/// How a datagram leaves: its ends, and what its header says.
struct Departure: BitwiseCopyable {
    var from: Endpoint
    var to: Endpoint
    var marks: PacketMarks
    /// The interface that it has to leave by; of what is for many the one that it leaves by.
    var interface = InterfaceNumber.none
    /// It is for all hosts of a link, or for a group.
    var isForMany = false
    /// It comes back to this host, where that is one of those.
    var loops = true
}

/// How a datagram has come.
struct Arrival: BitwiseCopyable {
    var from: Endpoint
    var to: Endpoint
    var marks: PacketMarks
    /// By which interface.
    var interface: InterfaceNumber
    var isForMany = false

    init(_ departure: Departure, interface: Int) {
        from = departure.from
        to = departure.to
        marks = departure.marks
        self.interface = InterfaceNumber(interface)
        isForMany = departure.isForMany
    }

    init(from: Endpoint, to: Endpoint, marks: PacketMarks, interface: Int, isForMany: Bool) {
        self.from = from
        self.to = to
        self.marks = marks
        self.interface = InterfaceNumber(interface)
        self.isForMany = isForMany
    }
}
