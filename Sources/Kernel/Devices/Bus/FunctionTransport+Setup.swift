import KernelVirtio

extension FunctionTransport {
    private enum Command {
        static let register: UInt8 = 0x04
        static let memory: UInt32 = 1 << 1
        static let master: UInt32 = 1 << 2
        /// No interrupt by the function's pin.
        static let silent: UInt32 = 1 << 10
        /// The status in the upper half is cleared by ones.
        static let mask: UInt32 = 0xFFFF
    }

    /// Makes a function ready that is a device.
    ///
    /// - Throws: Why it is not used.
    static func prepare(_ space: ConfigurationSpace) throws(SearchProblem) -> FunctionTransport {
        var space = space
        space.window = ExpressWindow.map(space.function)
        guard let layout = FunctionLayout({ space.read($0) }) else { throw .outdated }
        let command = space.read(Command.register) & Command.mask
        space.write(command & ~(Command.memory | Command.master), Command.register)
        var places = BaseAddress.Known()
        let common = places.find(layout.common.bar, of: space)
        let notify = places.find(layout.notify.bar, of: space)
        let own = layout.device.flatMap { places.find($0.bar, of: space) }
        let messages = layout.messages.flatMap { MessageTable(space, at: $0, &places) }
        space.write(command | Command.memory | Command.master | Command.silent, Command.register)
        guard let common, let notify, layout.common.end <= common.size, layout.notify.end <= notify.size
        else { throw .damaged }
        guard
            let registers = DeviceRegisters.map(
                common.address + UInt64(layout.common.offset), count: UInt64(layout.common.length)),
            let doorbells = DeviceRegisters.map(
                notify.address + UInt64(layout.notify.offset), count: UInt64(layout.notify.length))
        else { throw .noMemory }
        return FunctionTransport(
            layout, common: registers, notify: doorbells, own: map(layout.device, in: own), messages: messages)
    }

    /// Registers that a device may be without; what does not fit is not there.
    private static func map(_ place: FunctionLayout.Place?, in base: BaseAddress?) -> RegisterWindow? {
        guard let place, let base, place.end <= base.size else { return nil }
        return DeviceRegisters.map(base.address + UInt64(place.offset), count: UInt64(place.length))
    }
}
