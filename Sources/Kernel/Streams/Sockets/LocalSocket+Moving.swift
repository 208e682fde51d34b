import KernelDescriptors
import KernelMain
import KernelSupport

// Sending and receiving, with the lock.
extension LocalSocket {
    // MARK: - Receiving

    static func read(_ place: Place, _ transfer: inout Transfer) -> Int {
        if place.socket.style.hasMessages { return readMessage(place, &transfer) }
        if place.socket.state == .alone || place.socket.state == .listening {
            return Errno.invalidArgument.result
        }
        if transfer.remaining == 0 { return 0 }
        let skipped = transfer.peeks ? lookedAt(place, transfer) : 0
        guard place.socket.queue.count > skipped else { return nothing(place, &transfer) }
        let received = place.socket.received
        let packet = firstPacket(of: place, behind: skipped)
        // Descriptors are given with the bytes they were sent with, and with none behind.
        let limit =
            packet.isNone ? Int.max : Int(packet.packet.start &- received) + packet.packet.count
        let couldSend = place.socket.peer.isNone || hasRoomForPeer(place)
        let moved = place.socket.queue.hand(to: &transfer, skipping: skipped, limit: limit - skipped)
        if moved == 0 { return Errno.badAddress.result }
        let reached = skipped + moved
        if place.socket.options.isUnusual { note(moved, of: place, &transfer) }
        if !transfer.peeks { place.socket.received = received &+ UInt64(moved) }
        tellName(of: place.socket.peer.isNone ? place.socket.leftName : place.socket.peer.socket.name, transfer)
        if !packet.isNone, Int(packet.packet.start &- received) < reached {
            transfer.waitsAll = false
            transfer.wantsPause = false
            if transfer.peeks {
                give(packet.packet.descriptors, &transfer, isCopy: true)
            } else {
                give(takePacket(place).descriptors, &transfer, isCopy: false)
            }
        }
        if !transfer.peeks { tellPeer(place, couldSend: couldSend) }
        return moved
    }

    /// Bytes of a stream in front of those that are looked at next.
    private static func lookedAt(_ place: Place, _ transfer: Transfer) -> Int {
        let offset = place.socket.options.peekOffset
        // It goes on with the looks.
        return offset >= 0 ? Int(offset) : transfer.done
    }

    /// The first packet of a stream that has something behind so many bytes.
    private static func firstPacket(of place: Place, behind skipped: Int) -> Place {
        var packet = place.socket.firstPacket
        if skipped == 0 { return packet }
        let first = place.socket.received &+ UInt64(skipped)
        while !packet.isNone, packet.packet.start &+ UInt64(packet.packet.count) <= first {
            packet = packet.packet.next
        }
        return packet
    }

    /// Bytes of a stream were received or looked at: where the next look begins, and
    /// whether a read has what it waits for at least.
    private static func note(_ moved: Int, of place: Place, _ transfer: inout Transfer) {
        place.socket.options.pass(moved, isLook: transfer.peeks)
        let wanted = min(Int(place.socket.options.least), transfer.done + transfer.remaining)
        transfer.waitsAll = !transfer.peeks && (transfer.wantsAll || transfer.done < wanted)
    }

    /// The message that is looked at next, how many bytes are in front of it, and how
    /// far in it the look begins; none: there is none behind what was looked at.
    private static func nextLook(_ place: Place) -> (packet: Place, skipped: Int, start: Int) {
        var (packet, skipped) = (place.socket.firstPacket, 0)
        var start = Int(max(place.socket.options.peekOffset, 0))
        guard place.socket.options.peekOffset >= 0 else { return (packet, 0, 0) }
        while !packet.isNone {
            let count = packet.packet.count
            guard start >= count, start > 0 || packet.packet.wasLookedAt else {
                if count == 0 { packet.packet.wasLookedAt = true }
                break
            }
            start -= count
            skipped += count
            packet = packet.packet.next
        }
        return (packet, skipped, start)
    }

    private static func readMessage(_ place: Place, _ transfer: inout Transfer) -> Int {
        let state = place.socket.state
        if place.socket.style == .sequenced && (state == .alone || state == .listening) {
            return Errno.socketNotConnected.result
        }
        var (first, skipped, start) = (place.socket.firstPacket, 0, 0)
        if place.socket.isReset || first.isNone { return nothing(place, &transfer) }
        if transfer.peeks { (first, skipped, start) = nextLook(place) }
        if first.isNone { return nothing(place, &transfer) }
        let packet = first.packet
        let length = packet.count - start
        let couldSend = place.socket.peer.isNone || hasRoomForPeer(place)
        let copied = place.socket.queue.peekMessage(length, skipping: skipped + start, to: &transfer)
        if copied < 0 { return copied }
        place.socket.options.pass(transfer.peeks ? copied : packet.count, isLook: transfer.peeks)
        if transfer.message != 0 {
            SocketMessage[transfer.message].isTruncated = copied < length
            SocketMessage[transfer.message].length = length
        }
        tellName(of: packet.sender, transfer)
        if transfer.peeks {
            give(packet.descriptors, &transfer, isCopy: true)
            return copied
        }
        _ = takePacket(place)
        release(name: packet.sender)
        place.socket.queue.drop(packet.count)
        give(packet.descriptors, &transfer, isCopy: false)
        tellPeer(place, couldSend: couldSend)
        return copied
    }

    /// There is nothing to receive now.
    private static func nothing(_ place: Place, _ transfer: inout Transfer) -> Int {
        if place.socket.isReset {
            place.socket.isReset = false
            return Errno.connectionReset.result
        }
        if place.socket.isReadShut { return 0 }
        if transfer.deadline == nil, let limit = place.socket.options.receiveLimit {
            transfer.deadline = deadline(limit)
        }
        return mustWait
    }

    /// Says who has sent.
    private static func tellName(of name: Place, _ transfer: Transfer) {
        guard transfer.message != 0, !name.isNone else { return }
        SocketMessage[transfer.message].address = name.localName.address
    }

    /// Gives descriptors to who receives; where nobody wants them they are closed.
    private static func give(_ list: Place, _ transfer: inout Transfer, isCopy: Bool) {
        if list.isNone { return }
        guard transfer.message != 0 else {
            if !isCopy { PassedDescriptor.closeLater(list, &transfer) }
            return
        }
        do throws(Errno) {
            SocketMessage[transfer.message].descriptors = isCopy ? try PassedDescriptor.copy(of: list) : list
        } catch { SocketMessage[transfer.message].lacksDescriptors = true }
    }

    /// Whether the other end finds room in the queue.
    private static func hasRoomForPeer(_ place: Place) -> Bool {
        room(in: place, for: place.socket.peer) >= ByteQueue.atomic
            && (!place.socket.style.hasMessages || place.socket.packets < mostPackets)
    }

    /// Something was received: whoever sends to it has room.
    private static func tellPeer(_ place: Place, couldSend: Bool) {
        let peer = place.socket.peer
        if place.socket.style.isConnected, !peer.isNone {
            let source = peer.socket.source
            guard !source.isNone else { return }
            if !couldSend && hasRoomForPeer(place) || Descriptors.hasWriters(source) {
                Descriptors.tell(source, .writable)
            }
            return
        }
        wakeSenders(place)
        var sender = place.socket.firstSender
        while !sender.isNone {
            let next = sender.socket.nextSender
            tell(sender, .writable)
            sender = next
        }
    }

    // MARK: - Sending

    static func write(_ place: Place, _ transfer: inout Transfer) -> Int {
        if place.socket.style.hasMessages { return writeMessage(place, &transfer) }
        let state = place.socket.state
        if transfer.message != 0, SocketMessage[transfer.message].address.count > 0 {
            return state == .connected || state == .left
                ? Errno.socketIsConnected.result : Errno.notSupported.result
        }
        if state == .alone || state == .listening { return Errno.socketNotConnected.result }
        let peer = place.socket.peer
        if place.socket.isWriteShut || peer.isNone || peer.socket.isReadShut {
            return Errno.brokenPipe.result
        }
        let hasDescriptors = hasDescriptors(transfer)
        if hasDescriptors, !preparePacket() { return Errno.noBufferSpace.result }
        let start = peer.socket.received &+ UInt64(peer.socket.queue.count)
        let moved = peer.socket.queue.write(&transfer, leaving: place.socket.reserve)
        if moved == mustWait { setDeadline(place, &transfer) }
        guard moved > 0 else { return moved }
        if hasDescriptors {
            addPacket(
                Packet(count: moved, start: start, descriptors: takeDescriptors(transfer)), to: peer)
        }
        tell(peer, .readable)
        return moved
    }

    private static func writeMessage(_ place: Place, _ transfer: inout Transfer) -> Int {
        let receiver: Place
        switch findReceiver(place, transfer) {
        case .success(let place): receiver = place
        case .failure(let error): return error.result
        }
        let size = transfer.remaining
        if size > Int(place.socket.options.sendSize) { return Errno.messageTooLong.result }
        if place.socket.isReset {
            place.socket.isReset = false
            return Errno.connectionReset.result
        }
        // There is a receiver where sending has not ended.
        if place.socket.isWriteShut || receiver.isNone { return Errno.brokenPipe.result }
        if place.socket.style == .datagram, !maySend(place, to: receiver) {
            return Errno.notPermitted.result
        }
        if receiver.socket.isReadShut { return Errno.brokenPipe.result }
        guard room(in: receiver, for: place) >= size, receiver.socket.packets < mostPackets else {
            setDeadline(place, &transfer)
            if place.socket.style == .datagram {
                // Who has read tells this, not the other end's source.
                receiver.socket.hasSenders = true
                transfer.awaited = .senders(receiver)
            }
            return mustWait
        }
        guard preparePacket() else { return Errno.noBufferSpace.result }
        let moved = receiver.socket.queue.writeMessage(&transfer)
        guard moved >= 0 else { return moved }
        let name = place.socket.name
        if !name.isNone { name.localName.references += 1 }
        addPacket(
            Packet(
                count: moved, sender: name,
                descriptors: hasDescriptors(transfer) ? takeDescriptors(transfer) : .none),
            to: receiver)
        tell(receiver, .readable)
        return moved
    }

    /// To whom a message is sent; none: the other end of a connection is closed.
    private static func findReceiver(_ place: Place, _ transfer: Transfer) -> Result<Place, Errno> {
        if place.socket.style == .datagram, transfer.message != 0 {
            let address = SocketMessage[transfer.message].address
            if address.count > 0 {
                do throws(Errno) {
                    return .success(try find(address, style: .datagram))
                } catch { return .failure(error) }
            }
        }
        let peer = place.socket.peer
        guard peer.isNone else { return .success(peer) }
        switch place.socket.state {
        case .left where place.socket.style == .datagram:
            // The end of the connection is told once.
            place.socket.state = .alone
            return .failure(.connectionRefused)
        case .left: return .success(.none)
        default: return .failure(.socketNotConnected)
        }
    }

    /// Whether a socket takes messages of another: who has another end takes only
    /// that one's.
    static func maySend(_ place: Place, to receiver: Place) -> Bool {
        let peer = receiver.socket.peer
        return peer.isNone || peer == place
    }

    private static func setDeadline(_ place: Place, _ transfer: inout Transfer) {
        if transfer.deadline == nil, let limit = place.socket.options.sendLimit {
            transfer.deadline = deadline(limit)
        }
    }

    private static func hasDescriptors(_ transfer: Transfer) -> Bool {
        transfer.message != 0
            && !SocketMessage[transfer.message].descriptors.isNone
    }

    /// The descriptors that are sent, which are the queue's from now on.
    private static func takeDescriptors(_ transfer: Transfer) -> Place {
        let list = SocketMessage[transfer.message].descriptors
        SocketMessage[transfer.message].descriptors = .none
        return list
    }
}
