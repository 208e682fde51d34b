import KernelDescriptors
import KernelSupport

/// A message in a socket's queue, or the place of a stream's where descriptors are.
struct Packet: SlotRecord {
    var nextFree = Place.none
    var next = Place.none
    /// Its bytes, and of a stream how many were sent before them.
    var count = 0
    var start: UInt64 = 0
    /// It is empty, and was looked at (SO_PEEK_OFF).
    var wasLookedAt = false
    /// The name of who has sent it.
    var sender = Place.none
    /// Descriptors that go with it, the first of a list.
    var descriptors = Place.none
}

extension Place {
    /// The packet at a place in their table, with the lock.
    var packet: Packet {
        @inline(__always) get { StreamState.shared.packets[self] }
        @inline(__always) nonmutating _modify {
            yield &StreamState.shared.packets[self]
        }
    }
}

extension LocalSocket {
    /// Sees to it that a packet can be added, with the lock; `false`: memory is exhausted.
    static func preparePacket() -> Bool {
        let isThere: Void? = try? StreamTable.packets.prepare(
            &StreamState.shared.packets)
        return isThere != nil
    }

    /// Adds a packet behind the others, for which there is memory.
    static func addPacket(_ packet: Packet, to place: Place) {
        let new = StreamState.shared.packets.take(packet)
        if place.socket.lastPacket.isNone {
            place.socket.firstPacket = new
        } else {
            place.socket.lastPacket.packet.next = new
        }
        place.socket.lastPacket = new
        place.socket.packets += 1
    }

    /// Takes the first packet.
    static func takePacket(_ place: Place) -> Packet {
        let first = place.socket.firstPacket
        let packet = first.packet
        place.socket.firstPacket = packet.next
        if packet.next.isNone { place.socket.lastPacket = .none }
        place.socket.packets -= 1
        StreamState.shared.packets.give(first)
        return packet
    }
}
