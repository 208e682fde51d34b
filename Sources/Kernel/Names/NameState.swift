import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelNetwork
import KernelScheduling
import KernelSupport
import KernelTasks
import KernelWire

/// What lookups share: answers that were found. One lookup at a time uses it, for as long as
/// it looks at a message, with interrupts on; others wait for it.
struct NameState: ~Copyable {
    var cache: DNSCache
    /// Of whom the cache is.
    var servers = ResolverConfiguration().servers

    /// About 1 KiB each.
    private static let entries = 32

    private static let lock = SleepingLock(.lookups)
    nonisolated(unsafe) private static var shared: UnsafeMutablePointer<NameState>? = nil

    /// Runs `body` with the cache. No lock may be held, and there is a scheduler.
    ///
    /// - Throws: `ENOMEM`.
    static func with<Value>(_ body: (inout NameState) -> Value) throws(Errno) -> Value {
        lock.lock()
        defer { lock.unlock() }
        if unsafe shared == nil { unsafe shared = try make() }
        return unsafe body(&shared.unsafelyUnwrapped.pointee)
    }

    @inline(never)
    private static func make() throws(Errno) -> UnsafeMutablePointer<NameState> {
        let head = (MemoryLayout<NameState>.size + 15) & ~15
        guard
            let block = unsafe kernelHeapAllocate(head + entries * MemoryLayout<DNSCacheEntry>.stride, 16)
        else { throw .noMemory }
        let list = unsafe (block + head).bindMemory(to: DNSCacheEntry.self, capacity: entries)
        var slots = unsafe SlotStorage(list, count: 0)
        slots.grow(to: entries, filler: DNSCacheEntry())
        var random = NameNumbers()
        let key = SipKey(low: random.next(), high: random.next())
        let state = unsafe block.bindMemory(to: NameState.self, capacity: 1)
        unsafe state.initialize(to: NameState(cache: DNSCache(slots, key: key)))
        return unsafe state
    }

    private init(cache: consuming DNSCache) { self.cache = cache }

    /// Other servers know other things.
    mutating func use(_ configuration: borrowing ResolverConfiguration) {
        var isSame = servers.count == configuration.servers.count
        if isSame {
            for index in 0..<servers.count where servers[index] != configuration.servers[index] { isSame = false }
        }
        guard !isSame else { return }
        servers = configuration.servers
        cache.removeAll()
    }
}

/// Numbers that nobody can guess. Sockets, which are there before, have no start without any.
struct NameNumbers: RandomNumberGenerator {
    mutating func next() -> UInt64 {
        var word: UInt64 = 0
        _ = unsafe withUnsafeMutableBytes(of: &word) { unsafe EntropyDevice.fill($0) }
        return word
    }
}
