import CHermit
import KernelDescriptors
import KernelMain
import KernelStreams
import KernelSupport
import KernelTasks

// hermit/files.h and hermit/descriptors.h: waiting for several descriptors.

// MARK: - Times and signals

/// When a wait of so many milliseconds ends; 0: it is none, `.max`: never.
private func deadline(milliseconds: Int32) throws(Errno) -> UInt64 {
    if milliseconds <= 0 { return milliseconds < 0 ? .max : 0 }
    return try Clock.monotonic.now() + UInt64(milliseconds) * 1_000_000
}

/// The same of a time in nanoseconds; none: never.
private func deadline(after span: UInt64?) throws(Errno) -> UInt64 {
    guard let span, span > 0 else { return span == nil ? .max : 0 }
    return try Clock.monotonic.now().saturatingSum(span)
}

private func loadSpan(_ time: UnsafePointer<hermit_timespec>?) throws(Errno) -> UInt64? {
    guard let time = unsafe time else { return nil }
    return try unsafe loadTime(time)
}

/// Runs `body` with other signals blocked.
private func blocking<Value>(
    _ mask: UnsafePointer<UInt64>?, _ body: () throws(Errno) -> Value
) throws(Errno) -> Value {
    guard let mask = unsafe mask else { return try body() }
    let old = Signals.block(try unsafe load(mask, as: UInt64.self))
    defer { _ = Signals.block(old) }
    return try body()
}

// MARK: - poll

/// Looks at descriptors once, some at a time; how many are ready.
private func lookOnce(
    _ fds: UnsafeMutablePointer<hermit_pollfd>?, _ count: Int
) throws(Errno) -> Int32 {
    var ready: Int32 = 0
    var entries = InlineArray<64, hermit_pollfd>(repeating: hermit_pollfd())
    var start = 0
    while start < count {
        let number = min(entries.count, count &- start)
        let size = number &* MemoryLayout<hermit_pollfd>.stride
        let buffer = try unsafe ApplicationBuffer(fds?.advanced(by: start), count: size)
        try buffer.loadPart(of: &entries)
        // Below `number`, which is no more than there are.
        Polling.look(number) { index in
            let entry = unsafe entries[unchecked: index]
            return (entry.fd, Readiness(rawValue: UInt32(UInt16(bitPattern: entry.events))))
        } found: { index, found in
            unsafe entries[unchecked: index].revents = Int16(truncatingIfNeeded: found.rawValue)
            if !found.isEmpty { ready &+= 1 }
        }
        try buffer.storePart(of: &entries)
        start += number
    }
    return ready
}

/// Looks at descriptors, and waits until one is ready.
private func poll(
    _ fds: UnsafeMutablePointer<hermit_pollfd>?, _ count: Int, until deadline: UInt64
) throws(Errno) -> Int32 {
    guard count >= 0, count <= Descriptors.limit.soft else { throw .invalidArgument }
    // All of them must be the application's.
    _ = try unsafe ApplicationBuffer(fds, count: count * MemoryLayout<hermit_pollfd>.stride)
    var polling = try Polling()
    let ready = try unsafe lookOnce(fds, count)
    if ready > 0 || deadline == 0 { return ready }
    try polling.startObserving()
    defer { polling.finish() }
    while true {
        let ready = try unsafe lookAtEach(fds, count, &polling)
        if ready > 0 { return ready }
        guard try polling.wait(until: deadline) else { return 0 }
    }
}

/// Looks at one descriptor after the other, and observes it; how many are ready.
private func lookAtEach(
    _ fds: UnsafeMutablePointer<hermit_pollfd>?, _ count: Int, _ polling: inout Polling
) throws(Errno) -> Int32 {
    var ready: Int32 = 0
    for i in 0..<count {
        let place = unsafe fds?.advanced(by: i)
        var entry = hermit_pollfd()
        try unsafe ApplicationBuffer(place, count: MemoryLayout<hermit_pollfd>.size)
            .load(into: &entry)
        entry.revents = 0
        if entry.fd >= 0 {
            let wanted = Readiness(rawValue: UInt32(UInt16(bitPattern: entry.events)))
            let found = try polling.look(entry.fd, for: wanted)
            entry.revents = Int16(truncatingIfNeeded: found.rawValue)
        }
        if entry.revents != 0 {
            ready += 1
            polling.stopObserving()
        }
        try unsafe store(entry, at: place)
    }
    return ready
}

@c @implementation
public func sys_poll(
    _ fds: UnsafeMutablePointer<hermit_pollfd>!, _ count: Int, _ milliseconds: Int32
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe poll(fds, count, until: try deadline(milliseconds: milliseconds))
    }
}

@c @implementation
public func sys_ppoll(
    _ fds: UnsafeMutablePointer<hermit_pollfd>!, _ count: Int,
    _ timeout: UnsafePointer<hermit_timespec>!, _ mask: UnsafePointer<UInt64>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let until = try deadline(after: try unsafe loadSpan(timeout))
        return try unsafe blocking(mask) { () throws(Errno) -> Int32 in
            try unsafe poll(fds, count, until: until)
        }
    }
}

// MARK: - select

/// Words of a set of `HERMIT_FD_SETSIZE`.
private let setWords = 16

/// The sets as the program gave them, and as they are found.
private struct SelectSets {
    var wanted: InlineArray<48, UInt64> = .init(repeating: 0)
    var found: InlineArray<48, UInt64> = .init(repeating: 0)
}

/// What makes a descriptor ready in each of the sets (Linux, select(2)).
private func readiness(ofSet set: Int) -> Readiness {
    switch set {
    case 0: [.readable, .hungUp, .failed]
    case 1: [.writable, .failed]
    default: .urgent
    }
}

private func select(
    _ count: Int32, _ addresses: InlineArray<3, UInt64>, until deadline: UInt64
) throws(Errno) -> Int32 {
    guard 0...Int32(HERMIT_FD_SETSIZE) ~= count else { throw .invalidArgument }
    let words = (Int(count) + 63) / 64
    var sets = SelectSets()
    for set in 0..<3 where addresses[set] != 0 {
        for word in 0..<words {
            let place = unsafe UnsafeRawPointer(bitPattern: UInt(addresses[set]) + UInt(8 * word))
            sets.wanted[set * setWords + word] = try unsafe load(place, as: UInt64.self)
        }
    }
    var polling = try Polling()
    defer { polling.finish() }
    var ready = try lookAt(&polling, count, &sets)
    if ready == 0 && deadline != 0 {
        try polling.startObserving()
        ready = try lookAt(&polling, count, &sets)
        while ready == 0 {
            guard try polling.wait(until: deadline) else { break }
            ready = try lookAt(&polling, count, &sets)
        }
    }
    for set in 0..<3 where addresses[set] != 0 {
        for word in 0..<words {
            let place = unsafe UnsafeMutableRawPointer(
                bitPattern: UInt(addresses[set]) + UInt(8 * word))
            try unsafe store(sets.found[set * setWords + word], at: place)
        }
    }
    return ready
}

/// Looks at every descriptor that is in a set; how many bits are found.
private func lookAt(
    _ polling: inout Polling, _ count: Int32, _ sets: inout SelectSets
) throws(Errno) -> Int32 {
    var ready: Int32 = 0
    sets.found = .init(repeating: 0)
    for number in 0..<count {
        let (word, bit) = (Int(number) >> 6, UInt64(1) << UInt64(number & 63))
        var wanted: Readiness = []
        for set in 0..<3 where sets.wanted[set * setWords + word] & bit != 0 {
            wanted.formUnion(readiness(ofSet: set))
        }
        if wanted.isEmpty { continue }
        let found = try polling.look(number, for: wanted)
        if found.contains(.invalid) { throw .badFileDescriptor }
        for set in 0..<3 where sets.wanted[set * setWords + word] & bit != 0 {
            guard !found.isDisjoint(with: readiness(ofSet: set)) else { continue }
            sets.found[set * setWords + word] |= bit
            ready += 1
            polling.stopObserving()
        }
    }
    return ready
}

@c @implementation
public func sys_select(
    _ count: Int32, _ readable: UnsafeMutablePointer<UInt64>!,
    _ writable: UnsafeMutablePointer<UInt64>!, _ exceptional: UnsafeMutablePointer<UInt64>!,
    _ timeout: UnsafePointer<hermit_timeval>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        var span: UInt64? = nil
        if let timeout = unsafe timeout {
            var time = hermit_timeval()
            try unsafe ApplicationBuffer(timeout, count: MemoryLayout<hermit_timeval>.size)
                .load(into: &time)
            guard 0..<1_000_000 ~= time.tv_usec,
                let nanoseconds = TimeSpan.nanoseconds(
                    seconds: time.tv_sec, nanoseconds: time.tv_usec * 1000)
            else { throw .invalidArgument }
            span = nanoseconds
        }
        return try unsafe select(
            count, [address(readable), address(writable), address(exceptional)],
            until: try deadline(after: span))
    }
}

@c @implementation
public func sys_pselect(
    _ count: Int32, _ readable: UnsafeMutablePointer<UInt64>!,
    _ writable: UnsafeMutablePointer<UInt64>!, _ exceptional: UnsafeMutablePointer<UInt64>!,
    _ timeout: UnsafePointer<hermit_timespec>!, _ mask: UnsafePointer<UInt64>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let sets: InlineArray<3, UInt64> = unsafe [
            address(readable), address(writable), address(exceptional),
        ]
        let until = try deadline(after: try unsafe loadSpan(timeout))
        return try unsafe blocking(mask) { () throws(Errno) -> Int32 in
            try select(count, sets, until: until)
        }
    }
}

// MARK: - epoll

@c @implementation
public func sys_epoll_create(_ flags: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard flags & ~HERMIT_EPOLL_CLOEXEC == 0 else { throw .invalidArgument }
        return try Descriptors.makeInterestList(closesOnExec: flags != 0)
    }
}

@c @implementation
public func sys_epoll_ctl(
    _ set: Int32, _ request: Int32, _ fd: Int32, _ event: UnsafeMutablePointer<hermit_epoll_event>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard request != HERMIT_EPOLL_CTL_DEL else {
            try Descriptors.change(set, fd, .remove)
            return 0
        }
        var wanted = hermit_epoll_event()
        try unsafe ApplicationBuffer(event, count: MemoryLayout<hermit_epoll_event>.size)
            .load(into: &wanted)
        let wish = Observation.Wish(
            wanted: Readiness(rawValue: wanted.events).intersection(.all),
            options: InterestOptions(rawValue: wanted.events).intersection(.all),
            data: wanted.data)
        switch request {
        case HERMIT_EPOLL_CTL_ADD: try Descriptors.change(set, fd, .add(wish))
        case HERMIT_EPOLL_CTL_MOD: try Descriptors.change(set, fd, .modify(wish))
        default: try Descriptors.change(set, fd, .unknown)
        }
        return 0
    }
}

/// Waits for a set and hands what was found to the application.
private func wait(
    _ set: Int32, _ events: UnsafeMutablePointer<hermit_epoll_event>?, _ count: Int32,
    until deadline: UInt64
) throws(Errno) -> Int32 {
    guard count > 0, Int(count) <= Int(Int32.max) / MemoryLayout<hermit_epoll_event>.stride else {
        throw .invalidArgument
    }
    let stride = MemoryLayout<hermit_epoll_event>.stride
    let buffer = try unsafe ApplicationBuffer(events, count: Int(count) * stride)
    var next = 0
    let found = try Descriptors.wait(set, limit: Int(count), until: deadline) { ready, data in
        // As the structure has it: events, a word of zeros, data.
        guard buffer.storePair(UInt64(ready.rawValue), data, at: next) else { return false }
        next += stride
        return true
    }
    return Int32(found)
}

@c @implementation
public func sys_epoll_wait(
    _ set: Int32, _ events: UnsafeMutablePointer<hermit_epoll_event>!, _ count: Int32,
    _ milliseconds: Int32
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe wait(set, events, count, until: try deadline(milliseconds: milliseconds))
    }
}

@c @implementation
public func sys_epoll_pwait(
    _ set: Int32, _ events: UnsafeMutablePointer<hermit_epoll_event>!, _ count: Int32,
    _ timeout: UnsafePointer<hermit_timespec>!, _ mask: UnsafePointer<UInt64>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let until = try deadline(after: try unsafe loadSpan(timeout))
        return try unsafe blocking(mask) { () throws(Errno) -> Int32 in
            try unsafe wait(set, events, count, until: until)
        }
    }
}
