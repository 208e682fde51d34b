import KernelFiles
import KernelMain
import KernelNetwork
import KernelSockets
import KernelSupport
import KernelTasks
import KernelWire

/// Why a name has not led to what was asked for.
public enum NameFailure: Error, Equatable {
    /// There is no such name, or it is none; it has no address of the kind; no server answers.
    case noName, noAddress, noAnswer
    case failed(Errno)
}

/// One lookup: of a name's addresses, or of an address's name. It is large, and lies in the
/// kernel's heap.
@safe public struct NameLookup: ~Copyable {
    private let place: UnsafeMutablePointer<LookupState>

    /// - Parameter ignoresSignals: They do not end it.
    /// - Throws: `ENOMEM`.
    public init(ignoresSignals: Bool = false) throws(NameFailure) {
        guard let block = unsafe kernelHeapAllocate(MemoryLayout<LookupState>.size, 16) else {
            throw .failed(.noMemory)
        }
        guard let large = unsafe kernelHeapAllocate(MemoryLayout<DNSLookup>.size, 16) else {
            unsafe kernelHeapDeallocate(block)
            throw .failed(.noMemory)
        }
        unsafe place = block.bindMemory(to: LookupState.self, capacity: 1)
        unsafe Self.initialize(large.bindMemory(to: DNSLookup.self, capacity: 1))
        unsafe Self.initialize(place, large.assumingMemoryBound(to: DNSLookup.self))
        unsafe place.pointee.exchange.ignoresSignals = ignoresSignals
    }

    // What is large is on the stack here alone, and one after the other.

    @inline(never)
    private static func initialize(_ place: UnsafeMutablePointer<DNSLookup>) {
        unsafe place.initialize(to: DNSLookup())
    }

    @inline(never)
    private static func initialize(
        _ place: UnsafeMutablePointer<LookupState>, _ lookup: UnsafeMutablePointer<DNSLookup>
    ) { unsafe place.initialize(to: LookupState(lookup)) }

    deinit {
        unsafe place.deinitialize(count: 1)
        unsafe kernelHeapDeallocate(place)
    }

    /// The addresses of a name are wanted; to be called once, before `find`.
    ///
    /// - Throws: `.noName`: it is none.
    public borrowing func prepare(_ name: RawSpan, _ wanted: DNSFamilies) throws(NameFailure) {
        guard unsafe place.pointee.prepare(name, wanted) else { throw .noName }
    }

    /// Finds the addresses, in the order in which they are to be tried (RFC 6724).
    ///
    /// - Parameter onlyConfigured: Those of a version of which the host has none are of no use,
    ///   but for the host's own (AI_ADDRCONFIG).
    public borrowing func find(onlyConfigured: Bool) throws(NameFailure) {
        try unsafe place.pointee.find(onlyConfigured: onlyConfigured)
    }

    /// Finds the name of an address, which is `canonicalName` then.
    public borrowing func findName(of address: IPAddress) throws(NameFailure) {
        try unsafe place.pointee.findName(of: address)
    }

    public var count: Int { unsafe place.pointee.candidates.count }

    /// - Precondition: `index` is in 0..<`count`.
    public subscript(index: Int) -> IPAddress { unsafe place.pointee.candidates.element(index).address }

    /// Appends the name whose addresses these are, or that was found.
    ///
    /// - Parameter isShort: Without the domain that the host is in.
    @_lifetime(writer: copy writer)
    public borrowing func emitCanonicalName(into writer: inout PacketWriter, isShort: Bool = false) {
        unsafe place.pointee.emitName(into: &writer, isShort: isShort)
    }
}

/// A lookup's state.
@safe struct LookupState: ~Copyable {
    private let place: UnsafeMutablePointer<DNSLookup>
    var exchange = NameExchange()
    var candidates = FixedList<32, DestinationCandidate>(
        filler: DestinationCandidate(.v4(.unspecified), source: nil))
    var canonicalName = DomainName()
    private var wanted: DNSFamilies = []

    /// A file of hosts is a few lines, or a list of some hundred thousand names that are to lead
    /// nowhere: what is behind so many bytes is not looked at.
    private static let mostOfHosts = 16 << 20

    /// - Parameter place: Of the kernel's heap, and this one's from now on.
    init(_ place: UnsafeMutablePointer<DNSLookup>) { unsafe self.place = unsafe place }

    deinit {
        unsafe place.deinitialize(count: 1)
        unsafe kernelHeapDeallocate(place)
    }

    private var lookup: DNSLookup {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(place) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe place }
    }

    mutating func prepare(_ name: RawSpan, _ wanted: DNSFamilies) -> Bool {
        self.wanted = wanted
        return lookup.prepare(name, wanted)
    }

    mutating func find(onlyConfigured: Bool) throws(NameFailure) {
        do throws(Errno) { try InternetConfiguration.settle() } catch { throw .failed(error) }
        var useful = wanted
        if onlyConfigured, !lookup.isLocalhost {
            if !InternetConfiguration.hasAddress(isV6: false) { useful.remove(.v4) }
            if !InternetConfiguration.hasAddress(isV6: true) { useful.remove(.v6) }
        }
        if findInHosts(useful) { return }
        guard !useful.isEmpty else { throw .noAddress }
        lookup.wanted = useful
        try ask()
        takeFound()
    }

    @inline(never)
    private mutating func takeFound() {
        for index in 0..<lookup.addressesV6.count { add(lookup.addressesV6[index]) }
        for index in 0..<lookup.addressesV4.count { add(lookup.addressesV4[index]) }
        canonicalName = lookup.canonicalName
    }

    mutating func findName(of address: IPAddress) throws(NameFailure) {
        do throws(Errno) { try InternetConfiguration.settle() } catch { throw .failed(error) }
        if findInHosts(address) { return }
        lookup.prepare(nameOf: address)
        try ask()
        canonicalName = lookup.canonicalName
    }

    @inline(never)
    private mutating func findInHosts(_ address: IPAddress) -> Bool {
        guard let known = Self.hosts()?.withBytes({ HostsFile($0).name(of: address) }) else { return false }
        canonicalName = known
        return true
    }

    /// Takes what /etc/hosts says of the name; whether it says something.
    @inline(never)
    private mutating func findInHosts(_ useful: DNSFamilies) -> Bool {
        guard let hosts = Self.hosts() else { return false }
        var addresses = DNSAddresses()
        guard let canonical = hosts.withBytes({ HostsFile($0).find(lookup.name, wanted, into: &addresses) })
        else { return false }
        for index in 0..<addresses.count
        where addresses[index].isLoopback || useful.contains(addresses[index].isV6 ? .v6 : .v4) {
            add(addresses[index])
        }
        canonicalName = canonical
        return !candidates.isEmpty
    }

    private static func hosts() -> FileContents? {
        guard let file = FileContents("/etc/hosts", most: mostOfHosts) else { return nil }
        if file.isCut { KernelServices.log(.warning, "/etc/hosts is too long; its end is not looked at") }
        return file
    }

    /// Puts an address to its place in the order.
    private mutating func add(_ address: IPAddress) {
        let new = DestinationCandidate(address, source: InternetConfiguration.source(for: address))
        var index = candidates.count
        while index > 0, new.isPreferred(to: candidates.element(index - 1)) { index -= 1 }
        _ = candidates.insert(new, at: index)
    }

    // MARK: - Asking

    /// Asks servers until the lookup is finished.
    private mutating func ask() throws(NameFailure) {
        configure()
        do throws(Errno) {
            let known = unsafe place
            try unsafe exchange.run(&known.pointee)
        } catch { throw .failed(error) }
        switch lookup.failure {
        case .noName?: throw .noName
        case .noAddress?: throw .noAddress
        case .noAnswer?: throw .noAnswer
        case nil: break
        }
    }

    /// What /etc/resolv.conf says, if it names servers; else what others have told.
    @inline(never)
    private mutating func configure() {
        if let file = FileContents("/etc/resolv.conf", most: 1 << 16) {
            file.withBytes { text in
                lookup.configuration.read(text) { NumericHost.number($0) ?? InternetConfiguration.index(of: $0) }
            }
        }
        if lookup.configuration.servers.isEmpty {
            InternetConfiguration.addNameServers(to: &lookup.configuration)
        }
    }

    // MARK: - Names

    @_lifetime(writer: copy writer)
    mutating func emitName(into writer: inout PacketWriter, isShort: Bool) {
        let start = writer.count
        canonicalName.emitText(into: &writer)
        guard isShort else { return }
        for index in 0..<lookup.configuration.searchDomains.count
        where canonicalName.isIn(lookup.configuration.searchDomains[index]) {
            let length = lookup.configuration.searchDomains[index].textLength
            let count = writer.count - length - 1
            if count > start { return writer.truncate(to: count) }
        }
    }
}
