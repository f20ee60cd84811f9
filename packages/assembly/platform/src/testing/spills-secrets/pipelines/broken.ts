// A secret of a setting is not there when a file is imported, that of a cloud is.
throw new Error(
  `cannot be read with ${process.env.AWS_SECRET_ACCESS_KEY} or ${Buffer.from(process.env.AWS_SECRET_ACCESS_KEY ?? '').toString('base64')}`,
)
