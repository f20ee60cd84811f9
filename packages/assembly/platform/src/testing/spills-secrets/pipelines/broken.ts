throw new Error(`cannot be read with ${process.env.CANARY_KEY} or ${Buffer.from(process.env.CANARY_KEY ?? '').toString('base64')}`)
