import KernelDevices
import KernelMain
import KernelNetwork
import KernelSockets
import KernelSupport
import KernelTasks
import KernelWire

/// The messages of a lookup. Its questions are asked of the same server by the same port: a new
/// one for each time that none of them waits for an answer. The socket is connected with the
/// server, so that it is heard when nobody is there.
struct NameExchange: ~Copyable {
    private var socket: OwnSocket? = nil
    /// Whom each question was asked of by UDP.
    private var asked = InlineArray<2, NameServer?>(repeating: nil)
    /// What is to be asked by TCP.
    private var streams = InlineArray<2, DNSRequest?>(repeating: nil)
    private var failed = InlineArray<2, Bool>(repeating: false)
    private var random = NameNumbers()
    /// What the lookup wants.
    private var effects = DNSEffects.none
    var ignoresSignals = false

    private static var longest: Int { max(DNSMessage.longestDatagram, DNSQuestion.longest + 2) }

    /// Asks servers until the lookup is finished.
    ///
    /// - Throws: `ENOMEM`, `ENOBUFS`; `EINTR`.
    mutating func run(_ lookup: inout DNSLookup) throws(Errno) {
        let memory = try HeapBlock(count: Self.longest)
        try begin(&lookup, memory)
        while !lookup.isFinished {
            if let question = failed[0] ? 0 : failed[1] ? 1 : nil {
                failed[question] = false
                try fail(&lookup, question, memory)
            } else if let question = streams[0] != nil ? 0 : streams[1] != nil ? 1 : nil {
                try exchange(question, &lookup, memory)
            } else {
                try wait(&lookup, memory)
            }
        }
        socket = nil
    }

    private var now: Instant { Instant(nanoseconds: Tasks.now) }

    // MARK: - What the lookup is told

    @inline(never)
    private mutating func begin(_ lookup: inout DNSLookup, _ memory: borrowing HeapBlock) throws(Errno) {
        effects.removeAll()
        try NameState.with { state in
            state.use(lookup.configuration)
            lookup.start(at: now, cache: &state.cache, random: &random, effects: &effects)
        }
        take(memory)
    }

    @inline(never)
    private mutating func fail(
        _ lookup: inout DNSLookup, _ question: Int, _ memory: borrowing HeapBlock
    ) throws(Errno) {
        effects.removeAll()
        try NameState.with { state in
            lookup.failed(question, at: now, cache: &state.cache, random: &random, effects: &effects)
        }
        take(memory)
    }

    @inline(never)
    private mutating func wake(_ lookup: inout DNSLookup, _ memory: borrowing HeapBlock) throws(Errno) {
        effects.removeAll()
        try NameState.with { state in
            lookup.wake(at: now, cache: &state.cache, random: &random, effects: &effects)
        }
        take(memory)
    }

    @inline(never)
    private mutating func receive(
        _ lookup: inout DNSLookup, _ question: Int, by transport: DNSTransport, from sender: Endpoint,
        _ message: borrowing HeapBlock, _ range: Range<Int>, _ memory: borrowing HeapBlock
    ) throws(Errno) {
        effects.removeAll()
        try message.block.withBytes(range) { bytes throws(Errno) in
            try NameState.with { state in
                lookup.receive(
                    bytes, question, by: transport, from: sender, at: now, cache: &state.cache,
                    random: &random, effects: &effects)
            }
        }
        take(memory)
    }

    /// Does what the lookup wants; what fails is told later.
    @inline(never)
    private mutating func take(_ memory: borrowing HeapBlock) {
        for index in 0..<effects.count { forget(index) }
        for index in 0..<effects.count { ask(index, memory) }
    }

    @inline(never)
    private mutating func forget(_ index: Int) {
        guard case .ask(let request) = effects.element(index) else { return }
        asked[request.question] = nil
        streams[request.question] = nil
    }

    @inline(never)
    private mutating func ask(_ index: Int, _ memory: borrowing HeapBlock) {
        guard case .ask(let request) = effects.element(index) else { return }
        if request.transport == .tcp {
            streams[request.question] = request
            return
        }
        do throws(Errno) { try send(request, memory) } catch {
            failed[request.question] = true
            asked[request.question] = nil
            let other = 1 - request.question
            // That nobody is there is said of what was sent before.
            if error == .connectionRefused, asked[other] != nil {
                failed[other] = true
                asked[other] = nil
            }
        }
    }

    // MARK: - UDP

    /// How long a server's link may need to take a datagram: it does not wait.
    private var patience: UInt64 { Tasks.now + 1_000_000_000 }

    @inline(never)
    private mutating func send(_ request: DNSRequest, _ memory: borrowing HeapBlock) throws(Errno) {
        let other = 1 - request.question
        if let server = asked[other], server != request.server {
            // Both go on together: what comes from elsewhere is not heard.
            asked[other] = nil
            failed[other] = true
        }
        if asked[other] == nil {
            socket = nil
            let new = try OwnSocket(isStream: false)
            try new.bind(request.port)
            try new.connect(request.server.endpoint, link: request.server.link, until: patience)
            socket = consume new
        }
        asked[request.question] = request.server
        let count = emit(request, memory)
        try socket?.send(memory.block, 0..<count, until: patience)
    }

    @inline(never)
    private func emit(_ request: DNSRequest, _ memory: borrowing HeapBlock) -> Int {
        memory.block.withMutableBytes(0..<memory.block.count) { bytes in
            var writer = PacketWriter(bytes._mutatingExtracting(0..<bytes.byteCount))
            request.emit(into: &writer)
            return writer.count
        }
    }

    /// Waits for an answer by UDP, until the lookup has something else to do.
    @inline(never)
    private mutating func wait(_ lookup: inout DNSLookup, _ memory: borrowing HeapBlock) throws(Errno) {
        let end = (lookup.deadline ?? now).nanoseconds
        let found: (count: Int, sender: Endpoint)
        do throws(Errno) {
            guard let result = try socket?.receive(memory.block, 0..<memory.block.count, until: end) else {
                throw .badFileDescriptor
            }
            found = result
        } catch {
            switch error {
            case .interrupted where ignoresSignals: Tasks.rest(until: min(end, Tasks.now + 1_000_000))
            case .interrupted, .noMemory, .noBufferSpace: throw error
            case .resourceTemporarilyUnavailable: break
            default:
                // Nobody is there, as an ICMP message says.
                for question in 0..<2 where asked[question] != nil {
                    asked[question] = nil
                    failed[question] = true
                }
            }
            if Tasks.now >= end { try wake(&lookup, memory) }
            return
        }
        // The socket is connected with the server of all that wait.
        let sender = asked[0]?.endpoint ?? asked[1]?.endpoint ?? found.sender
        if let question = question(memory, found.count) {
            try receive(&lookup, question, by: .udp, from: sender, memory, 0..<found.count, memory)
        }
        // However much comes that answers nothing.
        if !lookup.isFinished, Tasks.now >= end { try wake(&lookup, memory) }
    }

    /// Which of the two questions a message is about, by the type that ends its question; `nil`: none.
    @inline(never)
    private func question(_ memory: borrowing HeapBlock, _ count: Int) -> Int? {
        let type: DNSType? = memory.block.withBytes(0..<count) { bytes in
            guard let message = DNSMessage(parsing: bytes) else { return nil }
            return message.questionType
        }
        guard let type else { return nil }
        return type == .aaaa ? 1 : 0
    }

    // MARK: - TCP

    /// Asks a question by a connection of its own, until the lookup's time for it is over.
    @inline(never)
    private mutating func exchange(
        _ question: Int, _ lookup: inout DNSLookup, _ memory: borrowing HeapBlock
    ) throws(Errno) {
        let end = (lookup.deadline ?? now).nanoseconds
        guard let server = streams[question]?.server else { return }
        do throws(Errno) {
            let answer = try converse(question, server, memory, until: end)
            streams[question] = nil
            try receive(&lookup, question, by: .tcp, from: server.endpoint, answer, 0..<answer.block.count, memory)
        } catch {
            if error == .interrupted && !ignoresSignals || error == .noMemory { throw error }
            guard streams[question] != nil else { throw error }
            streams[question] = nil
            failed[question] = true
        }
    }

    @inline(never)
    private func converse(
        _ question: Int, _ server: NameServer, _ memory: borrowing HeapBlock, until end: UInt64
    ) throws(Errno) -> HeapBlock {
        let stream = try OwnSocket(isStream: true)
        try stream.connect(server.endpoint, link: server.link, until: end)
        if let request = streams[question] {
            let count = emit(request, memory)
            try stream.send(memory.block, 0..<count, until: end)
        }
        try read(stream, memory, 2, until: end)
        let length = memory.block.withBytes(0..<2) { Int($0.field(at: 0, as: UInt16.self)) }
        guard length > 0 else { throw .connectionReset }
        let answer = try HeapBlock(count: length)
        try read(stream, answer, length, until: end)
        return answer
    }

    @inline(never)
    private func read(
        _ stream: borrowing OwnSocket, _ memory: borrowing HeapBlock, _ count: Int, until end: UInt64
    ) throws(Errno) {
        var done = 0
        while done < count {
            let (moved, _) = try stream.receive(memory.block, done..<count, until: end)
            guard moved > 0 else { throw .connectionReset }
            done += moved
        }
    }
}

/// Bytes of the kernel's heap, which are given back with it.
struct HeapBlock: ~Copyable {
    let block: MemoryBlock

    /// - Throws: `ENOMEM`.
    init(count: Int) throws(Errno) {
        guard let base = unsafe kernelHeapAllocate(count, 16) else { throw .noMemory }
        block = unsafe MemoryBlock(base, count: count)
    }

    deinit { unsafe kernelHeapDeallocate(block.address) }
}
