import CLoader
import KernelSupport
import LoaderCore

/// From the monitor's information to the application's first instruction.
///
/// entry.S has mapped the first 4 GiB at their own addresses. In order: read
/// the information, find the image, which may lie in an archive, write the
/// device tree, check the image, place it, load it, jump.
///
/// What it knows begins as constants of its image and is filled in where it lies: it
/// runs once, on one processor, where a copy costs more than what is copied.
@safe enum Loader {
    /// What it knows; there is one loader and one processor.
    private static var state: LoaderState {
        _read { yield unsafe LoaderState.beginning }
        _modify { yield unsafe &LoaderState.beginning }
    }

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
    static func run(protocol kind: Int32, information address: UInt64) -> Never {
        let memory = unsafe physical.bytes
        do throws(BootInformation.Fault) {
            if kind == LOADER_PVH {
                try state.information.read(pvh: address, in: memory)
            } else {
                try state.information.read(multiboot: address, in: memory)
            }
        } catch {
            Report.fail(error.message, usesChannel: false)
        }
        let module = unsafe module(state.information.module)
        guard module.count > 0 else {
            fail("no image: give the program as the first module (-initrd)")
        }
        findProcessors(memory)
        if unsafe isArchive(module) { unsafe runPacked(module) }
        unsafe start(module, writeTree(line), files: 0..<0)
    }

    @inline(__always)
    private static func writeTree(_ line: UnsafeRawBufferPointer) -> MachineTree? {
        unsafe MachineTree(
            treeBuffer, &LoaderState.beginning.information.memory,
            &LoaderState.beginning.processors, line: line.bytes)
    }

    /// The same for a program that lies in an archive with its files, arguments and
    /// environment.
    @inline(never)
    private static func runPacked(_ module: UnsafeRawBufferPointer) -> Never {
        do throws(PackedProgram.Fault) {
            let packed = try unsafe PackedProgram(module.bytes)
            // What the firmware keeps is not told of.
            guard state.information.memory.size + 0x10_0000 >= packed.neededMemory else {
                fail(ImageError.noRoom.message, kibibytes: packed.neededMemory / 1024)
            }
            guard UInt64(state.processors.count) >= packed.neededProcessors else {
                fail("the program wants more processors")
            }
            let line = unsafe line
            let tree = unsafe MachineTree(
                treeBuffer, &LoaderState.beginning.information.memory,
                &LoaderState.beginning.processors
            ) { tree in
                tree.beginBytes(.bootArguments)
                unsafe packed.writeLine(line.bytes, module.bytes, to: &tree)
                return tree.endBytes()
            }
            let first = state.information.module.lowerBound
            unsafe start(
                UnsafeRawBufferPointer(rebasing: module[packed.image]), tree,
                files: first + UInt64(packed.files.lowerBound)..<first + UInt64(packed.files.upperBound))
        } catch {
            fail(error.message)
        }
    }

    /// Ends the machine with a line that names the fault; over the second channel,
    /// where the command line says that there is one.
    private static func fail(_ message: StaticString, kibibytes: UInt64 = 0) -> Never {
        Report.fail(
            message, kibibytes: kibibytes,
            usesChannel: unsafe KernelCommandLine(line.bytes).usesChannel)
    }

    // MARK: - Processors

    /// Where QEMU says that there is one processor and no ACPI, there is no table to
    /// look for in all of the firmware's memory.
    @inline(__always)
    private static func findProcessors(_ memory: RawSpan) {
        let root = state.information.rootPointer
        if root == 0, state.information.tellsRoot, loader_qemu_processors() == 1 {
            state.processors.add(loader_processor_identity())
        } else {
            state.processors.read(root: root, in: memory)
        }
    }

    // MARK: - Memory

    /// The command line, without the zero at its end, or as much of it as the tree
    /// could hold.
    private static var line: UnsafeRawBufferPointer {
        let address = state.information.commandLine
        let limit = LOADER_MAPPED_END - UInt64(LOADER_TREE_SIZE)
        guard address < limit, let start = unsafe UnsafePointer<CChar>(bitPattern: UInt(address))
        else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let length = unsafe loader_text_length(start, UInt64(LOADER_TREE_SIZE))
        return unsafe UnsafeRawBufferPointer(start: start, count: Int(truncatingIfNeeded: length))
    }

    /// A module, which lies in memory.
    @inline(__always)
    private static func module(_ range: Range<UInt64>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(range.lowerBound)),
            count: Int(truncatingIfNeeded: range.upperBound &- range.lowerBound))
    }

    @inline(__always)
    private static func isArchive(_ module: UnsafeRawBufferPointer) -> Bool {
        PackedProgram.isArchive(unsafe module.bytes)
    }

    private static var treeBuffer: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: UInt(loader_tree_address())),
            count: Int(LOADER_TREE_SIZE))
    }

    // MARK: - Image

    private static func randomWord() -> UInt64 {
        var isRandom: Int32 = 0
        let word = unsafe loader_random(&isRandom)
        // Without a generator the time counter's low bits, spread out.
        return isRandom != 0 ? word : (loader_tsc() &* 0x9E37_79B9_7F4A_7C15) >> 16
    }

    /// Where the image will lie; `nil`: there is no room.
    @inline(__always)
    private static func place() -> UInt64? {
        let random = randomWord()
        // Nothing is in front of the loader but the first MiB, which no image gets.
        return randomPlace(below: preferredEnd, random)
            ?? randomPlace(below: LOADER_MAPPED_END, random)
    }

    @inline(__always)
    private static func randomPlace(below end: UInt64, _ random: UInt64) -> UInt64? {
        state.information.memory.randomPlace(
            size: state.image.size, alignment: state.image.alignment,
            in: loader_end_address()..<end, outside: state.information.module, random: random)
    }

    /// Where an image lies that runs at one place only; `nil`: something else is there.
    @inline(never)
    private static func fixedPlace() -> UInt64? {
        let wanted = state.image.linkedAddress..<state.image.linkedAddress + state.image.size
        guard wanted.lowerBound >= loader_end_address(),
            !state.information.module.overlaps(wanted)
        else { return nil }
        for i in 0..<state.information.memory.count {
            let range = state.information.memory.element(i)
            if range.lowerBound <= wanted.lowerBound && wanted.upperBound <= range.upperBound {
                return wanted.lowerBound
            }
        }
        return nil
    }

    /// Checks the program's image, loads it, and jumps to it.
    ///
    /// - Parameters:
    ///   - tree: `nil`: there was no room for it.
    ///   - files: Where the program's files are in an archive; empty: it has none.
    @inline(__always)
    private static func start(
        _ file: UnsafeRawBufferPointer, _ tree: MachineTree?, files: Range<UInt64>
    ) -> Never {
        guard let tree else { fail("the command line is too long") }
        do throws(ImageError) {
            // Its relocations are checked when they are applied.
            try unsafe state.image.readHeaders(file.bytes)
            guard let base = state.image.isFixed ? fixedPlace() : place() else {
                if state.image.isFixed { throw .fixedAddress }
                fail(
                    ImageError.noRoom.message,
                    kibibytes: (state.image.size + firmwareShare) / 1024)
            }
            try unsafe load(file, at: base)
            jump(base, tree, files)
        } catch {
            fail(error.message)
        }
    }

    @inline(__always)
    private static func load(_ file: UnsafeRawBufferPointer, at base: UInt64) throws(ImageError) {
        let memory = unsafe UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: UInt(base)), count: Int(state.image.size))
        var bytes = unsafe memory.mutableBytes
        try unsafe state.image.load(file.bytes, into: &bytes, base: base)
    }

    @inline(__always)
    private static func jump(_ base: UInt64, _ tree: MachineTree, _ files: Range<UInt64>) -> Never {
        var info = hermit_raw_boot_info()
        // In order, and at least one.
        info.phys_start = state.information.memory.element(0).lowerBound
        info.phys_end = state.information.memory.element(state.information.memory.count &- 1).upperBound
        info.serial_port = 0x3F8
        info.device_tree = loader_tree_address()
        info.image_start = base
        // It was placed below 4 GiB.
        info.image_end = base &+ state.image.size
        if let storage = state.image.threadStorage {
            info.tls = hermit_tls_info(
                start: base &+ storage.offset, filesz: storage.fileSize, memsz: storage.memorySize,
                align: storage.alignment)
        }
        info.platform = UInt64(HERMIT_PLATFORM_DEVICE_TREE)
        info.platform_data.0 = loader_start_address()
        info.platform_data.1 = loader_end_address()
        info.platform_data.2 = loader_entry_tsc()
        info.platform_data.3 = files.lowerBound
        info.platform_data.4 = files.upperBound
        info.platform_data.5 = UInt64(truncatingIfNeeded: tree.memory.lowerBound)
        info.platform_data.6 = UInt64(truncatingIfNeeded: tree.memory.upperBound)
        info.platform_data.7 = UInt64(truncatingIfNeeded: tree.line.lowerBound)
        info.platform_data.8 = UInt64(truncatingIfNeeded: tree.line.upperBound)
        let place = unsafe loader_boot_info_storage()!
        unsafe place.pointee = info
        unsafe loader_jump(base &+ state.image.entry, place)
    }
}

/// Called by entry.S.
@c(loader_main)
public func loaderMain(_ kind: Int32, _ information: UInt64) -> Never {
    Loader.run(protocol: kind, information: information)
}
