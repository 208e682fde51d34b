import CLoader
import KernelSupport
import LoaderCore

/// From the monitor's information to the application's first instruction.
///
/// entry.S has mapped the first 4 GiB at their own addresses. In order: read
/// the information, find the image, which may lie in an archive, write the
/// device tree, check the image, place it, load it, jump.
///
/// Methods are `mutating` because a borrowed value with a memory map in it is
/// passed as a copy of all of that.
@safe struct Loader {
    private var information: BootInformation
    private var processors: ProcessorTables
    /// The command line, without the zero at its end.
    private let line: UnsafeRawBufferPointer

    /// The memory below 1 MiB, and the loader's own, that no image gets.
    private static let firmwareShare: UInt64 = 0x14_0000

    /// Images lie below this where they can: it is the part of memory that the
    /// kernel's direct map has no largest page for in any case.
    private static let preferredEnd: UInt64 = 0x4000_0000

    /// Memory from address 0 as far as entry.S has mapped it. Page zero is
    /// physical memory like any other here.
    private static var physical: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: 1)! - 1, count: Int(LOADER_MAPPED_END))
    }

    @inline(__always)
    init(protocol kind: Int32, information address: UInt64) {
        let memory = unsafe Self.physical.bytes
        do throws(BootInformation.Fault) {
            information =
                if kind == LOADER_PVH {
                    try BootInformation(pvh: address, in: memory)
                } else {
                    try BootInformation(multiboot: address, in: memory)
                }
        } catch {
            Report.fail(error.message, usesChannel: false)
        }
        let line = unsafe Self.line(at: information.commandLine)
        unsafe self.line = unsafe line
        processors = ProcessorTables(root: information.rootPointer, in: memory)
    }

    /// Whether a message goes over the second channel; asked only when there is one.
    private var usesChannel: Bool { unsafe KernelCommandLine(line.bytes).usesChannel }

    /// The command line: up to its zero byte, or as much as the tree could hold.
    private static func line(at address: UInt64) -> UnsafeRawBufferPointer {
        let limit = LOADER_MAPPED_END - UInt64(LOADER_TREE_SIZE)
        guard address < limit, let start = unsafe UnsafeRawPointer(bitPattern: UInt(address)) else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        var count = 0
        while count < Int(LOADER_TREE_SIZE),
            unsafe start.load(fromByteOffset: count, as: UInt8.self) != 0
        {
            count += 1
        }
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    private var module: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(information.module.lowerBound)),
            count: information.module.count)
    }

    /// The program's image: the module, or a part of it.
    private func program(_ packed: PackedProgram?) -> UnsafeRawBufferPointer {
        guard let packed else { return unsafe module }
        return unsafe UnsafeRawBufferPointer(rebasing: module[packed.image])
    }

    /// What the module holds where it is an archive; `nil`: it is the image itself.
    @inline(__always)
    private mutating func unpack() -> PackedProgram? {
        let bytes = unsafe module.bytes
        guard PackedProgram.isArchive(bytes) else { return nil }
        do throws(PackedProgram.Fault) {
            let packed = try PackedProgram(bytes)
            // What the firmware keeps is not told of.
            guard information.memory.size + 0x10_0000 >= packed.neededMemory else {
                Report.fail(
                    ImageError.noRoom.message, kibibytes: packed.neededMemory / 1024,
                    usesChannel: usesChannel)
            }
            guard UInt64(processors.count) >= packed.neededProcessors else {
                Report.fail("the program wants more processors", usesChannel: usesChannel)
            }
            return packed
        } catch {
            Report.fail(error.message, usesChannel: usesChannel)
        }
    }

    // MARK: - Device tree

    /// Writes the tree; where the memory's ranges and the command line are in it.
    @inline(__always)
    private mutating func writeTree(_ packed: PackedProgram?) -> MachineTree {
        let buffer = unsafe UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: UInt(loader_tree_address())),
            count: Int(LOADER_TREE_SIZE))
        let (line, module) = unsafe (line, module)
        let tree = unsafe MachineTree(buffer, &information.memory, &processors) { tree in
            guard let packed else { return tree.property(.bootArguments, bytes: unsafe line.bytes) }
            tree.beginBytes(.bootArguments)
            unsafe packed.writeLine(line.bytes, module.bytes, to: &tree)
            return tree.endBytes()
        }
        guard let tree else {
            Report.fail("the command line is too long", usesChannel: usesChannel)
        }
        return tree
    }

    // MARK: - Image

    private static func randomWord() -> UInt64 {
        var isRandom: Int32 = 0
        let word = unsafe loader_random(&isRandom)
        // Without a generator the time counter's low bits, spread out.
        return isRandom != 0 ? word : (loader_tsc() &* 0x9E37_79B9_7F4A_7C15) >> 16
    }

    @inline(__always)
    private mutating func place(_ image: ImageLayout) -> UInt64? {
        let occupied: [3 of Range<UInt64>] = [
            0..<0x10_0000, loader_start_address()..<loader_end_address(), information.module,
        ]
        let random = Self.randomWord()
        let isFree =
            information.memory.randomPlace(
                size: image.size, alignment: image.alignment, limit: Self.preferredEnd,
                occupied: occupied, random: random)
            ?? information.memory.randomPlace(
                size: image.size, alignment: image.alignment, limit: LOADER_MAPPED_END,
                occupied: occupied, random: random)
        guard image.isFixed else { return isFree }
        let wanted = image.linkedAddress..<image.linkedAddress + image.size
        for i in 0..<3 where occupied[i].overlaps(wanted) { return nil }
        for i in 0..<information.memory.count
        where information.memory[i].lowerBound <= wanted.lowerBound
            && wanted.upperBound <= information.memory[i].upperBound
        {
            return wanted.lowerBound
        }
        return nil
    }

    @inline(__always)
    private func load(
        _ image: inout ImageLayout, _ file: UnsafeRawBufferPointer, at base: UInt64
    ) throws(ImageError) {
        let memory = unsafe UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: UInt(base)), count: Int(image.size))
        var bytes = unsafe memory.mutableBytes
        try unsafe image.load(file.bytes, into: &bytes, base: base)
    }

    @inline(__always)
    mutating func run() -> Never {
        guard !information.module.isEmpty else {
            Report.fail(
                "no image: give the program as the first module (-initrd)", usesChannel: usesChannel)
        }
        let packed = unpack()
        let tree = writeTree(packed)
        do throws(ImageError) {
            let file = unsafe program(packed)
            // Its relocations are checked when they are applied.
            var image = try ImageLayout(headersOf: unsafe file.bytes)
            guard let base = place(image) else {
                if image.isFixed { throw .fixedAddress }
                let needed = (image.size + Self.firmwareShare) / 1024
                Report.fail(
                    ImageError.noRoom.message, kibibytes: needed, usesChannel: usesChannel)
            }
            unsafe try load(&image, unsafe file, at: base)
            start(image, base, packed, tree)
        } catch {
            Report.fail(error.message, usesChannel: usesChannel)
        }
    }

    @inline(__always)
    private mutating func start(
        _ image: ImageLayout, _ base: UInt64, _ packed: PackedProgram?,
        _ tree: MachineTree
    ) -> Never {
        var info = hermit_raw_boot_info()
        // In order, and at least one.
        info.phys_start = information.memory.element(0).lowerBound
        info.phys_end = information.memory.element(information.memory.count &- 1).upperBound
        info.serial_port = 0x3F8
        info.device_tree = loader_tree_address()
        info.image_start = base
        info.image_end = base + image.size
        if let storage = image.threadStorage {
            info.tls = hermit_tls_info(
                start: base + storage.offset, filesz: storage.fileSize, memsz: storage.memorySize,
                align: storage.alignment)
        }
        info.platform = UInt64(HERMIT_PLATFORM_DEVICE_TREE)
        info.platform_data.0 = loader_start_address()
        info.platform_data.1 = loader_end_address()
        info.platform_data.2 = loader_entry_tsc()
        if let packed {
            let start = information.module.lowerBound
            info.platform_data.3 = start + UInt64(packed.files.lowerBound)
            info.platform_data.4 = start + UInt64(packed.files.upperBound)
        }
        info.platform_data.5 = UInt64(truncatingIfNeeded: tree.memory.lowerBound)
        info.platform_data.6 = UInt64(truncatingIfNeeded: tree.memory.upperBound)
        info.platform_data.7 = UInt64(truncatingIfNeeded: tree.line.lowerBound)
        info.platform_data.8 = UInt64(truncatingIfNeeded: tree.line.upperBound)
        let place = unsafe loader_boot_info_storage()!
        unsafe place.pointee = info
        unsafe loader_jump(base + image.entry, place)
    }
}

/// Called by entry.S.
@c(loader_main)
public func loaderMain(_ kind: Int32, _ information: UInt64) -> Never {
    var loader = Loader(protocol: kind, information: information)
    loader.run()
}
