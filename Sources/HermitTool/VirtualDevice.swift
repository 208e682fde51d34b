import Foundation

/// A device of virtio's that the machine has.
public enum VirtualDevice: Equatable, Sendable {
    /// Random bytes of the host's.
    case entropy
    /// A console with a port for the program's output.
    case console

    /// A disk whose blocks are a file's; the number of disks in front of it.
    case disk(VirtualDisk, Int)
    /// A network card.
    case card(VirtualCard)

    /// A folder of the host's; the number of folders in front of it.
    case folder(VirtualFolder, Int)

    /// Sockets of AF_VSOCK to the host, and the machine's context there.
    case sockets(VirtualContext)

    var isFolder: Bool { if case .folder = self { true } else { false } }

    /// QEMU's words for it.
    ///
    /// - Parameters:
    ///   - place: Its place among the machine's devices.
    ///   - options: More properties of QEMU's, with a comma in front of each.
    func words(
        on kind: VirtualMachine.Kind, place: Int, options: String, wiring: VirtualMachine.Wiring
    ) -> [String] {
        let bus = kind == .q35 ? ",addr=\(String(VirtualDevice.firstSlot + place, radix: 16))" : ",bus=virtio-mmio-bus.\(place)"
        let suffix = kind == .q35 ? "pci" : "device"
        switch self {
        case .entropy:
            return [
                "-object", "rng-random,id=random,filename=/dev/urandom", "-device",
                "virtio-rng-\(suffix)\(bus)\(options),rng=random",
            ]
        case .console:
            guard case .sockets(_, _, let console) = wiring else { return [] }
            return [
                "-chardev", "socket,id=console,path=\(console)", "-device",
                "virtio-serial-\(suffix)\(bus)\(options),max_ports=2", "-device",
                "virtserialport,nr=1,name=hermit.output,chardev=console",
            ]
        case .disk(let disk, let number):
            return [
                "-drive", disk.drive(id: "disk\(number)"), "-device",
                "virtio-blk-\(suffix)\(bus)\(options),drive=disk\(number)",
            ]
        case .folder(_, let number):
            // It never had another interface than the standard's, and its server is not behind an
            // IOMMU: QEMU refuses both.
            let options = Self.withoutBus(options)
            return [
                "-chardev", "socket,id=folder\(number),path=\(wiring.folderSocket(number))", "-device",
                "vhost-user-fs-\(suffix)\(bus)\(options),chardev=folder\(number),tag=\(VirtualFolder.tag(number))",
            ]
        case .sockets(let context):
            // As of folders: the host's kernel is its server.
            return ["-device", "vhost-vsock-\(suffix)\(bus)\(Self.withoutBus(options)),guest-cid=\(context.number)"]
        case .card(let card):
            // The firmware boots nothing from it.
            let rom = kind == .q35 ? ",romfile=" : ""
            let station = card.station.map { ",mac=" + $0 } ?? ""
            // A message for each queue, for the commands' and for changes; registers in memory have one line.
            let count = card.network.queues
            let messages = kind == .q35 ? ",vectors=\(2 * count + 2)" : ""
            let queues = count > 1 ? ",mq=on\(messages)" : ""
            var words = [
                "-netdev", card.network.backend(id: "network"), "-device",
                "virtio-net-\(suffix)\(bus)\(options)\(rom),netdev=network\(station)\(queues)",
            ]
            if let capture = card.capture {
                let file = URL(fileURLWithPath: capture).standardizedFileURL.path.replacing(",", with: ",,")
                words += ["-object", "filter-dump,id=capture,netdev=network,file=\(file)"]
            }
            return words
        }
    }

    /// Options without those that a device refuses whose server is not the emulator.
    private static func withoutBus(_ options: String) -> String {
        options.split(separator: ",").filter { !$0.hasPrefix("disable-") && !$0.hasPrefix("iommu_platform=") }
            .map { "," + $0 }.joined()
    }

    /// The place on q35's bus of the first one.
    private static let firstSlot = 1

    /// What the kernel is told of microvm's: QEMU's board has them side by side.
    static func bootWord(place: Int, hasTables: Bool) -> String {
        let address = 0xFEB0_0000 + place * 512
        return "virtio_mmio.device=512@0x\(String(address, radix: 16)):\((hasTables ? 16 : 5) + place)"
    }
}
