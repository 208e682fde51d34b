import KernelMachine
import KernelMappings
import KernelMemory
import KernelScheduling

/// What faults need of mappings, set when the first one is made: an image
/// that makes none has nothing of them.
///
/// The functions get the address of the `Memory` whose lock is held.
@safe struct MappingOperations {
    /// Address, access; whether the page was filled.
    let touch: @convention(c) (UnsafeMutableRawPointer, UInt64, UInt8) -> Bool
    /// Address, access, and the address of a `LineBuffer` to which words about
    /// what is there are added.
    let describe: @convention(c) (UnsafeMutableRawPointer, UInt64, UInt8, UnsafeMutableRawPointer) -> Void

    static var all: Self {
        unsafe Self(
            touch: { memory, address, access in
                let memory = unsafe memory.assumingMemoryBound(to: Memory.self)
                return unsafe memory.pointee.mappings.touch(
                    address, for: .init(number: access), in: &memory.pointee.space)
            },
            describe: { memory, address, access, line in
                let memory = unsafe memory.assumingMemoryBound(to: Memory.self)
                let finding = unsafe memory.pointee.mappings.finding(
                    at: address, for: .init(number: access))
                unsafe MappingOperations.append(finding, to: &line.assumingMemoryBound(to: LineBuffer.self).pointee)
            })
    }

    private static func append(_ finding: Mappings.Finding, to line: inout LineBuffer) {
        switch finding {
        case .noAccess: line.append("a mapping without access (PROT_NONE)")
        case .readOnly: line.append("a read-only mapping")
        case .notExecutable: line.append("a mapping, not executable")
        case .mapping: line.append("a mapping")
        case .file: line.append("a mapping of a file")
        case .behind(let distance, let size):
            line.append(decimal: Int(distance))
            line.append(" bytes behind a mapping of ")
            line.append(decimal: Int(size))
        case .givenBack: line.append("a mapping that was given back")
        case .nothing: line.append("nothing")
        }
    }
}

extension PageFaultError.Access {
    /// As a number, for functions of C's convention.
    var number: UInt8 {
        switch self {
        case .read: 0
        case .write: 1
        case .fetch: 2
        }
    }

    init(number: UInt8) { self = number == 0 ? .read : number == 1 ? .write : .fetch }
}

extension Memory {
    /// Fills the application's page at `address` where it is one that is
    /// filled when touched; `false` where it is none, memory is exhausted, or
    /// the page may not be accessed so.
    mutating func touch(_ address: UInt64, for access: PageFaultError.Access) -> Bool {
        if let place = Stack.place(ofApplicationAddress: address) {
            return fillStack(of: place, address & ~4095)
        }
        if !Layout.mappings.contains(address) { return applicationHeap.touch(address, in: &space) }
        guard let operations = mappingOperations else { return false }
        return unsafe withUnsafeMutablePointer(to: &self) {
            unsafe operations.touch(UnsafeMutableRawPointer($0), address, access.number)
        }
    }

    /// Fills a page in the part of the stacks that belongs to a place of the
    /// table of tasks.
    private mutating func fillStack(of place: Int, _ page: UInt64) -> Bool {
        guard let entry = unsafe Kernel.stackEntry(place) else { return false }
        let context = unsafe entry.pointee.context
        guard context.applicationStack.contains(page), !context.isKept,
            space.fill(page, reserved: context.isStackPromised)
        else { return false }
        unsafe entry.pointee.context.lowestFilled = min(context.lowestFilled, page)
        return true
    }

    /// Adds words about an address in the region of mappings.
    mutating func describeMapping(
        _ address: UInt64, for access: PageFaultError.Access, to line: inout LineBuffer
    ) {
        guard let operations = mappingOperations else { return line.append("nothing") }
        unsafe withUnsafeMutablePointer(to: &self) { memory in
            unsafe withUnsafeMutablePointer(to: &line) { line in
                unsafe operations.describe(
                    UnsafeMutableRawPointer(memory), address, access.number,
                    UnsafeMutableRawPointer(line))
            }
        }
    }
}
